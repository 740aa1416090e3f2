package main

import "go/ast"

// Value is what an expression is, as far as it can be told without running the provider: string,
// int64, float64, bool, List, *Map, *Struct, *Closure, *Call, Symbol, *TypeRef; nil is not known.
type Value any

// List is a slice or an array.
type List []Value

// Map is a map with keys of text, in the order in which they were set.
type Map struct {
	keys   []string
	values map[string]Value
}

func newMap() *Map { return &Map{values: map[string]Value{}} }

func (m *Map) set(key string, value Value) {
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
}

func (m *Map) remove(key string) {
	delete(m.values, key)
	for index, name := range m.keys {
		if name == key {
			m.keys = append(m.keys[:index:index], m.keys[index+1:]...)
			return
		}
	}
}

// Struct is a value of a struct type, or a pointer to one.
type Struct struct {
	Type   string // qualified: import path, dot, name
	Fields map[string]Value
	node   ast.Node
}

// Symbol is the qualified name of something outside of what is read.
type Symbol string

// Call is a call that is not followed: a validator, a plan modifier.
type Call struct {
	Fn    string // qualified
	Types []string
	Args  []Value
	node  ast.Node
	made  *Closure // what the call made, if that is a function
}

// Closure is a function with what it captured.
type Closure struct {
	name string
	typ  *ast.FuncType
	body *ast.BlockStmt
	recv string
	self Value
	env  *Env
}

// TypeRef is a type used as a value, as in a conversion.
type TypeRef struct {
	expr ast.Expr
	env  *Env
}

// Env is a scope.
type Env struct {
	vars  map[string]Value
	types map[string]*TypeRef
	up    *Env
	file  *File
	iota  int64
}

func (e *Env) inner() *Env { return &Env{vars: map[string]Value{}, up: e, file: e.file, iota: e.iota} }

func (e *Env) lookup(name string) (Value, *Env) {
	for scope := e; scope != nil; scope = scope.up {
		if value, ok := scope.vars[name]; ok {
			return value, scope
		}
	}
	return nil, nil
}

func (e *Env) typeParameter(name string) *TypeRef {
	for scope := e; scope != nil; scope = scope.up {
		if found, ok := scope.types[name]; ok {
			return found
		}
	}
	return nil
}
