package main

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

const deepest = 160

// Evaluator tells the values of expressions by following the module's own functions.
type Evaluator struct {
	program *Program
	// Packages of the module whose calls are kept as they are.
	kept  func(path string) bool
	depth int
	// Places where a condition could not be told, so that its branches were left out.
	Undecided int
}

func (v *Evaluator) top(file *File) *Env { return &Env{vars: map[string]Value{}, file: file} }

func (v *Evaluator) eval(expr ast.Expr, env *Env) Value {
	return v.typed(expr, nil, env)
}

// typed evaluates with the type that a composite literal leaves out.
func (v *Evaluator) typed(expr ast.Expr, elided *TypeRef, env *Env) Value {
	if expr == nil || v.depth > deepest {
		return nil
	}
	v.depth++
	defer func() { v.depth-- }()
	switch node := expr.(type) {
	case *ast.BasicLit:
		return literal(node)
	case *ast.Ident:
		return v.ident(node.Name, env)
	case *ast.ParenExpr:
		return v.typed(node.X, elided, env)
	case *ast.UnaryExpr:
		return unary(node.Op, v.typed(node.X, elided, env))
	case *ast.StarExpr:
		return v.typed(node.X, elided, env)
	case *ast.TypeAssertExpr:
		return v.eval(node.X, env)
	case *ast.SliceExpr:
		return v.eval(node.X, env)
	case *ast.BinaryExpr:
		return binary(node.Op, v.eval(node.X, env), v.eval(node.Y, env))
	case *ast.CompositeLit:
		return v.composite(node, elided, env)
	case *ast.FuncLit:
		return &Closure{typ: node.Type, body: node.Body, env: env}
	case *ast.SelectorExpr:
		return v.selector(node, env)
	case *ast.IndexExpr:
		return v.index(node, env)
	case *ast.CallExpr:
		values := v.call(node, env)
		if len(values) > 0 {
			return values[0]
		}
	case *ast.ArrayType, *ast.MapType, *ast.FuncType, *ast.InterfaceType, *ast.StructType:
		return &TypeRef{expr, env}
	}
	return nil
}

func literal(node *ast.BasicLit) Value {
	switch node.Kind {
	case token.STRING:
		text, err := strconv.Unquote(node.Value)
		if err == nil {
			return text
		}
	case token.INT:
		number, err := strconv.ParseInt(strings.ReplaceAll(node.Value, "_", ""), 0, 64)
		if err == nil {
			return number
		}
	case token.FLOAT:
		number, err := strconv.ParseFloat(node.Value, 64)
		if err == nil {
			return number
		}
	}
	return nil
}

func (v *Evaluator) ident(name string, env *Env) Value {
	switch name {
	case "true":
		return true
	case "false":
		return false
	case "nil":
		return Symbol("nil")
	case "iota":
		return env.iota
	}
	if value, scope := env.lookup(name); scope != nil {
		return value
	}
	if parameter := env.typeParameter(name); parameter != nil {
		return parameter
	}
	return v.declared(env.file.pkg, name)
}

// declared is the value of a package's declaration.
func (v *Evaluator) declared(pkg *Package, name string) Value {
	decl := pkg.decls[name]
	if decl == nil {
		return Symbol(name)
	}
	if decl.fn != nil {
		return &Closure{
			name: pkg.path + "." + name, typ: decl.fn.Type, body: decl.fn.Body, env: v.top(decl.file),
		}
	}
	if decl.typ != nil {
		return &TypeRef{&ast.Ident{Name: name}, v.top(decl.file)}
	}
	if decl.state == 0 {
		decl.state = 1
		env := v.top(decl.file)
		env.iota = decl.iota
		var elided *TypeRef
		if decl.valType != nil {
			elided = &TypeRef{decl.valType, env}
		}
		depth := v.depth
		v.depth = 0
		decl.known = v.typed(decl.value, elided, env)
		v.depth = depth
		decl.state = 2
	}
	return decl.known
}

func (v *Evaluator) selector(node *ast.SelectorExpr, env *Env) Value {
	if base, ok := node.X.(*ast.Ident); ok {
		if _, scope := env.lookup(base.Name); scope == nil {
			if path, ok := env.file.imports[base.Name]; ok {
				return v.imported(path, node.Sel.Name)
			}
		}
	}
	return v.member(v.eval(node.X, env), node.Sel.Name)
}

// imported is a name of another package: followed within the module, elsewhere only constants and
// tables of them.
func (v *Evaluator) imported(path, name string) Value {
	pkg := v.program.Package(path)
	if pkg == nil || pkg.decls[name] == nil {
		return Symbol(path + "." + name)
	}
	decl := pkg.decls[name]
	if v.follows(path) || decl.typ != nil || decl.isConst {
		return v.declared(pkg, name)
	}
	return Symbol(path + "." + name)
}

func (v *Evaluator) follows(path string) bool {
	return (path == v.program.Module || strings.HasPrefix(path, v.program.Module+"/") ||
		strings.HasPrefix(path, "github.com/hashicorp/go-azure-helpers")) && !v.kept(path)
}

func (v *Evaluator) member(value Value, name string) Value {
	switch value := value.(type) {
	case *Struct:
		if field, ok := value.Fields[name]; ok {
			return field
		}
		if method := v.method(value.Type, name); method != nil {
			return &Closure{
				name: value.Type + "." + name, typ: method.fn.Type, body: method.fn.Body,
				recv: receiver(method.fn), self: value, env: v.top(method.file),
			}
		}
	case Symbol:
		return Symbol(string(value) + "." + name)
	}
	return nil
}

func receiver(fn *ast.FuncDecl) string {
	if names := fn.Recv.List[0].Names; len(names) > 0 {
		return names[0].Name
	}
	return "_"
}

// method finds a method of a type, or of what the type embeds.
func (v *Evaluator) method(qualified, name string) *Decl {
	dot := strings.LastIndex(qualified, ".")
	if dot < 0 {
		return nil
	}
	pkg := v.program.Package(qualified[:dot])
	if pkg == nil {
		return nil
	}
	if found := pkg.methods[qualified[dot+1:]][name]; found != nil {
		return found
	}
	decl := pkg.decls[qualified[dot+1:]]
	if decl == nil || decl.typ == nil {
		return nil
	}
	fields, ok := decl.typ.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range fields.Fields.List {
		if len(field.Names) > 0 {
			continue
		}
		embedded := v.qualified(field.Type, v.top(decl.file))
		if embedded != qualified {
			if found := v.method(embedded, name); found != nil {
				return found
			}
		}
	}
	return nil
}

// qualified is the name of a type with its import path; pointers and type arguments do not count.
func (v *Evaluator) qualified(expr ast.Expr, env *Env) string {
	switch node := expr.(type) {
	case *ast.StarExpr:
		return v.qualified(node.X, env)
	case *ast.IndexExpr:
		return v.qualified(node.X, env)
	case *ast.IndexListExpr:
		return v.qualified(node.X, env)
	case *ast.Ident:
		if parameter := env.typeParameter(node.Name); parameter != nil {
			return v.qualified(parameter.expr, parameter.env)
		}
		if env.file.pkg.decls[node.Name] == nil {
			return node.Name
		}
		return env.file.pkg.path + "." + node.Name
	case *ast.SelectorExpr:
		if base, ok := node.X.(*ast.Ident); ok {
			if path, ok := env.file.imports[base.Name]; ok {
				return path + "." + node.Sel.Name
			}
		}
	}
	return ""
}

// shape is the type behind a name: a map or slice may have one.
func (v *Evaluator) shape(ref *TypeRef) *TypeRef {
	for range 8 {
		if ref == nil {
			return nil
		}
		switch node := ref.expr.(type) {
		case *ast.StarExpr:
			ref = &TypeRef{node.X, ref.env}
		case *ast.Ident, *ast.SelectorExpr:
			name := v.qualified(node, ref.env)
			dot := strings.LastIndex(name, ".")
			if dot < 0 {
				return ref
			}
			pkg := v.program.Package(name[:dot])
			if pkg == nil || pkg.decls[name[dot+1:]] == nil || pkg.decls[name[dot+1:]].typ == nil {
				return ref
			}
			decl := pkg.decls[name[dot+1:]]
			if _, ok := decl.typ.Type.(*ast.StructType); ok {
				return ref
			}
			ref = &TypeRef{decl.typ.Type, v.top(decl.file)}
		default:
			return ref
		}
	}
	return ref
}

func (v *Evaluator) composite(node *ast.CompositeLit, elided *TypeRef, env *Env) Value {
	ref := elided
	if node.Type != nil {
		ref = &TypeRef{node.Type, env}
	}
	shape := v.shape(ref)
	if shape != nil {
		switch typ := shape.expr.(type) {
		case *ast.MapType:
			return v.mapLiteral(node, &TypeRef{typ.Value, shape.env}, env)
		case *ast.ArrayType:
			return v.listLiteral(node, &TypeRef{typ.Elt, shape.env}, env)
		}
	}
	name := ""
	if shape != nil {
		name = v.qualified(shape.expr, shape.env)
	}
	found := &Struct{Type: name, Fields: map[string]Value{}, node: node}
	for _, element := range node.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok {
				found.Fields[key.Name] = v.eval(pair.Value, env)
			}
		}
	}
	return found
}

func (v *Evaluator) mapLiteral(node *ast.CompositeLit, element *TypeRef, env *Env) Value {
	found := newMap()
	for _, item := range node.Elts {
		if pair, ok := item.(*ast.KeyValueExpr); ok {
			if key, ok := v.eval(pair.Key, env).(string); ok {
				found.set(key, v.typed(pair.Value, element, env))
			}
		}
	}
	return found
}

func (v *Evaluator) listLiteral(node *ast.CompositeLit, element *TypeRef, env *Env) Value {
	found := List{}
	for _, item := range node.Elts {
		if pair, ok := item.(*ast.KeyValueExpr); ok {
			item = pair.Value
		}
		found = append(found, v.typed(item, element, env))
	}
	return found
}

func (v *Evaluator) index(node *ast.IndexExpr, env *Env) Value {
	switch base := v.eval(node.X, env).(type) {
	case *Map:
		if key, ok := v.eval(node.Index, env).(string); ok {
			return base.values[key]
		}
	case List:
		if at, ok := v.eval(node.Index, env).(int64); ok && at >= 0 && int(at) < len(base) {
			return base[at]
		}
	case *Closure, Symbol:
		return base // A generic function.
	}
	return nil
}
