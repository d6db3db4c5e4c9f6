"""Parties: application, approval, agents, API keys."""
