package main

import "go/token"

func unary(op token.Token, value Value) Value {
	switch op {
	case token.AND:
		return value
	case token.NOT:
		if b, ok := value.(bool); ok {
			return !b
		}
	case token.SUB:
		switch number := value.(type) {
		case int64:
			return -number
		case float64:
			return -number
		}
	}
	return nil
}

func binary(op token.Token, left, right Value) Value {
	if a, ok := left.(bool); ok && op == token.LAND && !a {
		return false
	}
	if a, ok := left.(bool); ok && op == token.LOR && a {
		return true
	}
	switch a := left.(type) {
	case string:
		if b, ok := right.(string); ok {
			return compared(op, a, b, func() Value { return a + b })
		}
	case int64:
		if b, ok := right.(int64); ok {
			return compared(op, a, b, func() Value { return whole(op, a, b) })
		}
		if b, ok := right.(float64); ok {
			return binary(op, float64(a), b)
		}
	case float64:
		if b, ok := right.(int64); ok {
			return binary(op, a, float64(b))
		}
	case bool:
		if b, ok := right.(bool); ok {
			return logical(op, a, b)
		}
	case Symbol:
		if b, ok := right.(Symbol); ok && a == "nil" && b == "nil" {
			return op == token.EQL
		}
	case *Map, *Struct, List, *Closure, *Call:
		if b, ok := right.(Symbol); ok && b == "nil" {
			return op == token.NEQ
		}
	}
	return nil
}

func compared[T int64 | string](op token.Token, a, b T, otherwise func() Value) Value {
	switch op {
	case token.EQL:
		return a == b
	case token.NEQ:
		return a != b
	case token.LSS:
		return a < b
	case token.LEQ:
		return a <= b
	case token.GTR:
		return a > b
	case token.GEQ:
		return a >= b
	}
	return otherwise()
}

func whole(op token.Token, a, b int64) Value {
	switch op {
	case token.ADD:
		return a + b
	case token.SUB:
		return a - b
	case token.MUL:
		return a * b
	case token.QUO:
		if b != 0 {
			return a / b
		}
	case token.SHL:
		return a << b
	}
	return nil
}

func logical(op token.Token, a, b bool) Value {
	switch op {
	case token.LAND:
		return a && b
	case token.LOR:
		return a || b
	case token.EQL:
		return a == b
	case token.NEQ:
		return a != b
	}
	return nil
}
