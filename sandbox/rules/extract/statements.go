package main

import (
	"go/ast"
	"go/token"
)

type control int

const (
	goesOn control = iota
	returns
	leaves // break, continue
)

func (v *Evaluator) block(statements []ast.Stmt, env *Env) (control, []Value) {
	for _, statement := range statements {
		if how, values := v.statement(statement, env); how != goesOn {
			return how, values
		}
	}
	return goesOn, nil
}

func (v *Evaluator) statement(statement ast.Stmt, env *Env) (control, []Value) {
	switch node := statement.(type) {
	case *ast.ReturnStmt:
		if len(node.Results) == 1 {
			if call, ok := node.Results[0].(*ast.CallExpr); ok {
				return returns, v.call(call, env)
			}
		}
		values := make([]Value, 0, len(node.Results))
		for _, result := range node.Results {
			values = append(values, v.eval(result, env))
		}
		if len(values) == 0 {
			values = nil
		}
		return returns, values
	case *ast.ExprStmt:
		v.eval(node.X, env)
	case *ast.DeclStmt:
		v.declare(node, env)
	case *ast.AssignStmt:
		v.assign(node, env)
	case *ast.BlockStmt:
		return v.block(node.List, env.inner())
	case *ast.IfStmt:
		return v.branch(node, env)
	case *ast.RangeStmt:
		return v.each(node, env)
	case *ast.SwitchStmt:
		return v.choose(node, env)
	case *ast.BranchStmt:
		return leaves, nil
	}
	return goesOn, nil
}

func (v *Evaluator) declare(node *ast.DeclStmt, env *Env) {
	group, ok := node.Decl.(*ast.GenDecl)
	if !ok {
		return
	}
	for _, spec := range group.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		for index, name := range value.Names {
			env.vars[name.Name] = nil
			if index < len(value.Values) {
				env.vars[name.Name] = v.eval(value.Values[index], env)
			} else if value.Type != nil {
				env.vars[name.Name] = v.zero(value.Type, env)
			}
		}
	}
}

func (v *Evaluator) zero(expr ast.Expr, env *Env) Value {
	switch node := expr.(type) {
	case *ast.ArrayType:
		return List{}
	case *ast.Ident:
		switch node.Name {
		case "bool":
			return false
		case "string":
			return ""
		case "int":
			return int64(0)
		}
	case *ast.SelectorExpr:
		return &Struct{Type: v.qualified(node, env), Fields: map[string]Value{}, node: node}
	}
	return nil
}

func (v *Evaluator) assign(node *ast.AssignStmt, env *Env) {
	var values []Value
	if len(node.Rhs) == 1 && len(node.Lhs) > 1 {
		values = v.several(node.Rhs[0], env)
	} else {
		for _, expr := range node.Rhs {
			values = append(values, v.eval(expr, env))
		}
	}
	for index, target := range node.Lhs {
		var value Value
		if index < len(values) {
			value = values[index]
		}
		switch target := target.(type) {
		case *ast.Ident:
			if node.Tok == token.DEFINE {
				env.vars[target.Name] = value
			} else if old, scope := env.lookup(target.Name); scope != nil {
				if node.Tok == token.ADD_ASSIGN {
					value = binary(token.ADD, old, value)
				}
				scope.vars[target.Name] = value
			}
		case *ast.IndexExpr:
			if into, ok := v.eval(target.X, env).(*Map); ok {
				if key, ok := v.eval(target.Index, env).(string); ok {
					into.set(key, value)
				}
			}
		case *ast.SelectorExpr:
			if into, ok := v.eval(target.X, env).(*Struct); ok {
				into.Fields[target.Sel.Name] = value
			}
		}
	}
}

// several are the values of a call with more than one result, or of a look-up with its success.
func (v *Evaluator) several(expr ast.Expr, env *Env) []Value {
	switch node := expr.(type) {
	case *ast.CallExpr:
		return v.call(node, env)
	case *ast.IndexExpr:
		if base, ok := v.eval(node.X, env).(*Map); ok {
			if key, ok := v.eval(node.Index, env).(string); ok {
				value, found := base.values[key]
				return []Value{value, found}
			}
		}
	case *ast.TypeAssertExpr:
		return []Value{v.eval(node.X, env), true}
	}
	return nil
}

func (v *Evaluator) branch(node *ast.IfStmt, env *Env) (control, []Value) {
	env = env.inner()
	if node.Init != nil {
		v.statement(node.Init, env)
	}
	holds, ok := v.eval(node.Cond, env).(bool)
	switch {
	case !ok:
		v.Undecided++
	case holds:
		return v.block(node.Body.List, env.inner())
	case node.Else != nil:
		return v.statement(node.Else, env)
	}
	return goesOn, nil
}

func (v *Evaluator) each(node *ast.RangeStmt, env *Env) (control, []Value) {
	type pair struct{ key, value Value }
	var pairs []pair
	switch over := v.eval(node.X, env).(type) {
	case *Map:
		for _, key := range append([]string(nil), over.keys...) {
			pairs = append(pairs, pair{key, over.values[key]})
		}
	case List:
		for index, value := range over {
			pairs = append(pairs, pair{int64(index), value})
		}
	}
	for _, item := range pairs {
		inner := env.inner()
		if name, ok := node.Key.(*ast.Ident); ok {
			inner.vars[name.Name] = item.key
		}
		if name, ok := node.Value.(*ast.Ident); ok {
			inner.vars[name.Name] = item.value
		}
		if how, values := v.block(node.Body.List, inner); how == returns {
			return how, values
		}
	}
	return goesOn, nil
}

func (v *Evaluator) choose(node *ast.SwitchStmt, env *Env) (control, []Value) {
	env = env.inner()
	if node.Init != nil {
		v.statement(node.Init, env)
	}
	var tag Value = true
	if node.Tag != nil {
		tag = v.eval(node.Tag, env)
	}
	var fallback []ast.Stmt
	for _, clause := range node.Body.List {
		clause := clause.(*ast.CaseClause)
		if clause.List == nil {
			fallback = clause.Body
			continue
		}
		for _, expr := range clause.List {
			if same, ok := binary(token.EQL, tag, v.eval(expr, env)).(bool); ok && same {
				return v.block(clause.Body, env.inner())
			}
		}
	}
	how, values := v.block(fallback, env.inner())
	if how == leaves {
		return goesOn, nil
	}
	return how, values
}
