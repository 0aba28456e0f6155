"""What is wrong with a protocol file, if anything.

Imported only when a file must be checked: pydantic takes longer to start than most commands take to answer.
"""
