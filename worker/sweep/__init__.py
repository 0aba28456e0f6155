"""Which tickets are due for a look. A sweep only marks them in the queue; it never acts on a ticket."""
