"""The sandbox's store under processes that are killed: nothing lost, nothing torn, one order."""
