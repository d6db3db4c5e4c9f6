"""The sequencer: the one writer that gives every command its number and its time, and answers after the commit."""
