"""Feedback: what visitors tell the operator, and what they are answered."""
