// Nothing is built here: go.sum beside it pins the modules that modules.py names.
module sandbox/kinds

go 1.21
