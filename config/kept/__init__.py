"""What was once worked out is kept for the next process, as Python keeps its .pyc files.

Nothing here may know what it keeps, or be missed where it cannot be kept.
"""
