"""May this ship now? The gate's question, answer and overrides. What cannot be told may not ship."""
