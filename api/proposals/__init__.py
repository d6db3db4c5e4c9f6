"""The front door of negotiations: proposals, their acceptance and refusal."""
