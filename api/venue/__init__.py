"""The venue itself: time, keys and domains, the rulebook, the operator's clock and calendar, health."""
