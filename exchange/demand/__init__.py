"""Demand 供需对接: technology needs that buyers post, and how they and listings find each other."""
