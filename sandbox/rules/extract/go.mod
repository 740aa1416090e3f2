module model-serving/sandbox/rules/extract

go 1.26
