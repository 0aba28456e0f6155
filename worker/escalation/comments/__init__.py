"""What a comment says: whose words it holds, how a grade and a text for the client are written, what is quoted.

Text in, values out: nothing here knows who may vote, decides anything, or says anything to anybody.
"""
