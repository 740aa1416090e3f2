"""Random walks over settings, edits, faults and operations, through the real engine."""
