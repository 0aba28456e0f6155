"""What should be done to a ticket, as actions; read plan.py first. Nothing here does any of it."""
