def facts(a, b):
    return {}
