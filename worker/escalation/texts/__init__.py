"""Every text the worker writes, as a document before it is markup. It never decides whether a text is written."""
