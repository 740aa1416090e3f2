package main

import (
	"fmt"
	"go/ast"
	"strings"
)

func (v *Evaluator) call(node *ast.CallExpr, env *Env) []Value {
	fun := ast.Unparen(node.Fun)
	var typeArgs []ast.Expr
	switch generic := fun.(type) {
	case *ast.IndexExpr:
		fun, typeArgs = generic.X, []ast.Expr{generic.Index}
	case *ast.IndexListExpr:
		fun, typeArgs = generic.X, generic.Indices
	case *ast.ArrayType, *ast.MapType, *ast.FuncType, *ast.InterfaceType:
		return v.first(node, env) // A conversion.
	}
	if name, ok := fun.(*ast.Ident); ok {
		if _, scope := env.lookup(name.Name); scope == nil {
			if result, ok := v.builtin(name.Name, node, env); ok {
				return result
			}
		}
	}
	types := make([]*TypeRef, len(typeArgs))
	for index, expr := range typeArgs {
		types[index] = &TypeRef{expr, env}
		if name, ok := expr.(*ast.Ident); ok {
			if parameter := env.typeParameter(name.Name); parameter != nil {
				types[index] = parameter
			}
		}
	}
	if selector, ok := fun.(*ast.SelectorExpr); ok {
		if chain, ok := v.eval(selector.X, env).(*Call); ok {
			args := append([]Value{chain}, v.arguments(node, env)...)
			return []Value{&Call{Fn: selector.Sel.Name, Args: args, node: node}}
		}
	}
	switch callee := v.eval(fun, env).(type) {
	case *Closure:
		return v.apply(callee, v.arguments(node, env), types, node)
	case *Call:
		if callee.made != nil {
			return v.apply(callee.made, v.arguments(node, env), types, node)
		}
	case *TypeRef:
		return v.first(node, env)
	case Symbol:
		return v.external(string(callee), types, node, env)
	}
	return nil
}

func (v *Evaluator) first(node *ast.CallExpr, env *Env) []Value {
	if len(node.Args) == 0 {
		return nil
	}
	return []Value{v.eval(node.Args[0], env)}
}

func (v *Evaluator) arguments(node *ast.CallExpr, env *Env) []Value {
	var found []Value
	for index, arg := range node.Args {
		value := v.eval(arg, env)
		if list, ok := value.(List); ok && node.Ellipsis.IsValid() && index == len(node.Args)-1 {
			return append(found, list...)
		}
		found = append(found, value)
	}
	return found
}

func (v *Evaluator) names(types []*TypeRef) []string {
	var found []string
	for _, ref := range types {
		found = append(found, v.qualified(ref.expr, ref.env))
	}
	return found
}

// apply runs a function of the module.
func (v *Evaluator) apply(fn *Closure, args []Value, types []*TypeRef, node ast.Node) []Value {
	if fn.body == nil || v.depth > deepest {
		return nil
	}
	if dot := strings.LastIndex(fn.name, "."); dot > 0 && v.kept(fn.name[:dot]) {
		return []Value{&Call{Fn: fn.name, Types: v.names(types), Args: args, node: node}}
	}
	env := fn.env.inner()
	if fn.typ.TypeParams != nil {
		env.types = map[string]*TypeRef{}
		index := 0
		for _, field := range fn.typ.TypeParams.List {
			for _, name := range field.Names {
				if index < len(types) {
					env.types[name.Name] = types[index]
				}
				index++
			}
		}
	}
	if fn.recv != "" {
		env.vars[fn.recv] = fn.self
	}
	bind(env, fn.typ.Params, args)
	results := named(env, fn.typ.Results)
	depth := v.depth
	v.depth++
	_, values := v.block(fn.body.List, env)
	v.depth = depth
	if values == nil {
		for _, name := range results {
			values = append(values, env.vars[name])
		}
	}
	// A function made by a function is known by the latter's name.
	for index, value := range values {
		if made, ok := value.(*Closure); ok && made.name == "" && fn.name != "" {
			values[index] = &Call{Fn: fn.name, Types: v.names(types), Args: args, node: node, made: made}
		}
	}
	return values
}

func bind(env *Env, params *ast.FieldList, args []Value) {
	index := 0
	for _, field := range params.List {
		for _, name := range field.Names {
			if _, ok := field.Type.(*ast.Ellipsis); ok {
				rest := List{}
				if index < len(args) {
					rest = append(rest, args[index:]...)
				}
				env.vars[name.Name] = rest
				continue
			}
			env.vars[name.Name] = nil
			if index < len(args) {
				env.vars[name.Name] = args[index]
			}
			index++
		}
	}
}

func named(env *Env, results *ast.FieldList) []string {
	var names []string
	if results == nil {
		return nil
	}
	for _, field := range results.List {
		for _, name := range field.Names {
			env.vars[name.Name] = nil
			names = append(names, name.Name)
		}
	}
	return names
}

func (v *Evaluator) builtin(name string, node *ast.CallExpr, env *Env) ([]Value, bool) {
	switch name {
	case "string", "int", "int32", "int64", "float64", "bool", "any":
		return v.first(node, env), true
	case "len":
		switch value := v.eval(node.Args[0], env).(type) {
		case List:
			return []Value{int64(len(value))}, true
		case *Map:
			return []Value{int64(len(value.keys))}, true
		case string:
			return []Value{int64(len(value))}, true
		}
		return nil, true
	case "append":
		values := v.arguments(node, env)
		list, _ := values[0].(List)
		return []Value{append(list[:len(list):len(list)], values[1:]...)}, true
	case "make":
		shape := v.shape(&TypeRef{node.Args[0], env})
		if _, ok := shape.expr.(*ast.MapType); ok {
			return []Value{newMap()}, true
		}
		return []Value{List{}}, true
	case "new":
		return []Value{&Struct{
			Type: v.qualified(node.Args[0], env), Fields: map[string]Value{}, node: node,
		}}, true
	case "delete":
		from, _ := v.eval(node.Args[0], env).(*Map)
		if key, ok := v.eval(node.Args[1], env).(string); ok && from != nil {
			from.remove(key)
		}
		return nil, true
	case "panic":
		return nil, true
	}
	return nil, false
}

// external is a call of what is not followed; the few that make schemas are done here.
func (v *Evaluator) external(
	name string, types []*TypeRef, node *ast.CallExpr, env *Env,
) []Value {
	args := v.arguments(node, env)
	switch {
	case name == "maps.Copy":
		into, _ := args[0].(*Map)
		from, _ := args[1].(*Map)
		if into != nil && from != nil {
			for _, key := range from.keys {
				into.set(key, from.values[key])
			}
		}
		return nil
	case name == "maps.Clone":
		if from, ok := args[0].(*Map); ok {
			into := newMap()
			for _, key := range from.keys {
				into.set(key, from.values[key])
			}
			return []Value{into}
		}
		return nil
	case name == "sync.OnceValue" || name == "sync.OnceFunc":
		return args
	case name == "strings.ToLower" || name == "strings.ToUpper":
		if text, ok := args[0].(string); ok {
			if name == "strings.ToLower" {
				return []Value{strings.ToLower(text)}
			}
			return []Value{strings.ToUpper(text)}
		}
	case name == "fmt.Sprintf":
		if format, ok := args[0].(string); ok && known(args[1:]) {
			return []Value{fmt.Sprintf(format, plain(args[1:])...)}
		}
		return nil
	case strings.HasSuffix(name, ".Values") || strings.HasSuffix(name, ".EnumValues"):
		if len(types) == 1 {
			if values := v.enumeration(v.names(types)[0]); values != nil {
				return []Value{values}
			}
		}
	case strings.HasSuffix(name, "internal/enum.Slice") ||
		strings.HasSuffix(name, "internal/enum.EnumSlice"):
		return []Value{List(args)}
	case strings.HasSuffix(name, "flex.FlattenStringSet") && len(args) == 1:
		return args
	}
	return []Value{&Call{Fn: name, Types: v.names(types), Args: args, node: node}}
}

func known(args []Value) bool {
	for _, arg := range args {
		switch arg.(type) {
		case string, int64, float64, bool:
		default:
			return false
		}
	}
	return true
}

func plain(args []Value) []any {
	found := make([]any, len(args))
	for index, arg := range args {
		found[index] = arg
	}
	return found
}

// enumeration lists the constants of a named type of text; nil if its source is not here.
func (v *Evaluator) enumeration(qualified string) List {
	dot := strings.LastIndex(qualified, ".")
	if dot < 0 {
		return nil
	}
	pkg := v.program.Package(qualified[:dot])
	if pkg == nil {
		return nil
	}
	var found List
	for _, file := range pkg.files {
		for _, declaration := range file.syntax.Decls {
			group, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range group.Specs {
				value, ok := spec.(*ast.ValueSpec)
				if !ok || typeName(value.Type) != qualified[dot+1:] {
					continue
				}
				for _, name := range value.Names {
					if text, ok := v.declared(pkg, name.Name).(string); ok {
						found = append(found, text)
					}
				}
			}
		}
	}
	return found
}
