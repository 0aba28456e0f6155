"""The worker, laid out along the way of a ticket; docs/code.md says what each folder is for."""
