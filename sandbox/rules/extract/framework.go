package main

import (
	"go/ast"
	"strings"
)

// Schemas of the plugin framework: attributes and blocks are structs of their kind.

func (r *Reader) frameworkResource(name string, value Value) *Resource {
	model, ok := value.(*Struct)
	if !ok {
		return nil
	}
	method := r.member(model, "Schema")
	fn, ok := method.(*Closure)
	if !ok {
		return nil
	}
	response := &Struct{Type: "SchemaResponse", Fields: map[string]Value{}}
	r.apply(fn, []Value{nil, nil, response}, nil, nil)
	schema, ok := response.Fields["Schema"].(*Struct)
	if !ok {
		return nil
	}
	found := &Resource{
		Name: name, Source: r.place(fn.body), Framework: true, Attributes: r.members(schema),
	}
	if list, ok := r.member(model, "ConfigValidators").(*Closure); ok {
		if values := r.apply(list, []Value{nil}, nil, nil); len(values) > 0 {
			found.Groups = r.rules(values[0])
		}
	}
	if plan, ok := r.member(model, "ModifyPlan").(*Closure); ok {
		found.ForceNewIf = r.planned(plan)
	}
	return found
}

func (r *Reader) members(schema *Struct) map[string]*Attribute {
	found := map[string]*Attribute{}
	if r.nesting > 24 {
		return found
	}
	r.nesting++
	defer func() { r.nesting-- }()
	for _, field := range []string{"Attributes", "Blocks"} {
		all, ok := schema.Fields[field].(*Map)
		if !ok {
			continue
		}
		for _, name := range all.keys {
			if attribute := r.frameworkAttribute(all.values[name], field == "Blocks"); attribute != nil {
				found[name] = attribute
			}
		}
	}
	return found
}

func (r *Reader) frameworkAttribute(value Value, block bool) *Attribute {
	schema, ok := r.invoked(value).(*Struct)
	if !ok {
		return nil
	}
	kind := schema.Type[strings.LastIndex(schema.Type, ".")+1:]
	found := &Attribute{
		Type: frameworkType(kind), Block: block, Line: r.line(schema.node),
		Required: isSet(schema, "Required"), Optional: isSet(schema, "Optional") || block,
		Computed: isSet(schema, "Computed"), WriteOnly: isSet(schema, "WriteOnly"),
	}
	if kind == "SingleNestedBlock" || kind == "SingleNestedAttribute" {
		found.MaxItems = 1
		found.Nested = r.members(schema)
	} else if nested, ok := schema.Fields["NestedObject"].(*Struct); ok {
		found.Nested = r.members(nested)
	}
	found.Element = lastName(schema.Fields["ElementType"])
	found.Validators = r.rules(schema.Fields["Validators"])
	switch custom := schema.Fields["CustomType"].(type) {
	case *Call:
		r.customType(found, custom)
	case *Struct, Symbol:
		found.CustomType = lastName(custom)
	}
	modifiers, _ := schema.Fields["PlanModifiers"].(List)
	for _, modifier := range modifiers {
		name := called(modifier)
		switch {
		case name == "RequiresReplace" || name == "RequiresReplaceIfConfigured":
			found.ForceNew = true
		case strings.HasPrefix(name, "RequiresReplace"):
			found.ForceNewIf = true
		}
	}
	if made, ok := schema.Fields["Default"].(*Call); ok && strings.HasPrefix(called(made), "Static") {
		if len(made.Args) == 1 {
			switch made.Args[0].(type) {
			case string, int64, float64, bool:
				found.Default = made.Args[0]
			}
		}
	}
	for _, rule := range found.Validators {
		size(found, rule)
	}
	return found
}

func frameworkType(kind string) string {
	kind = strings.TrimSuffix(strings.TrimSuffix(kind, "Attribute"), "Block")
	switch kind {
	case "ListNested":
		return "list"
	case "SetNested":
		return "set"
	case "MapNested":
		return "map"
	case "SingleNested":
		return "object"
	case "Int64", "Int32":
		return "int"
	case "Float64", "Float32", "Number":
		return "float"
	}
	return strings.ToLower(kind)
}

func lastName(value Value) string {
	switch item := value.(type) {
	case Symbol:
		return string(item)[strings.LastIndex(string(item), ".")+1:]
	case *Call:
		if len(item.Types) == 1 {
			return item.Types[0]
		}
		return called(item)
	case *Struct:
		return item.Type[strings.LastIndex(item.Type, ".")+1:]
	}
	return ""
}

// customType takes the enumeration that a type of text or of lists of it names.
func (r *Reader) customType(found *Attribute, custom *Call) {
	name := called(custom)
	found.CustomType = name
	if len(custom.Types) != 1 || !strings.Contains(name, "Enum") {
		return
	}
	rule := Rule{Name: "OneOf", Types: custom.Types}
	if values := r.enumeration(custom.Types[0]); values != nil {
		rule.Args = []Value{values}
	}
	if found.Type == "string" {
		if strings.Contains(name, "CaseInsensitive") {
			rule.Name = "OneOfCaseInsensitive"
		}
		found.Validators = append(found.Validators, rule)
	} else {
		found.Elements = append(found.Elements, rule)
	}
}

func (r *Reader) rules(value Value) []Rule {
	var found []Rule
	list, _ := value.(List)
	for _, item := range list {
		if rule := r.rule(item); rule != nil {
			found = append(found, *rule)
		}
	}
	return found
}

func size(found *Attribute, rule Rule) {
	number := func(index int) int64 {
		if index < len(rule.Args) {
			value, _ := rule.Args[index].(int64)
			return value
		}
		return 0
	}
	switch rule.Name {
	case "SizeAtMost":
		found.MaxItems = number(0)
	case "SizeAtLeast":
		found.MinItems = number(0)
	case "SizeBetween":
		found.MinItems, found.MaxItems = number(0), number(1)
	case "IsRequired":
		found.Required = true
	}
}

// planned lists attributes that code adds to what needs a new resource: path.Root of RequiresReplace.
func (r *Reader) planned(fn *Closure) []string {
	var found []string
	if fn.body == nil {
		return nil
	}
	ast.Inspect(fn.body, func(node ast.Node) bool {
		assign, ok := node.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
			return true
		}
		target, ok := assign.Lhs[0].(*ast.SelectorExpr)
		if !ok || target.Sel.Name != "RequiresReplace" {
			return true
		}
		ast.Inspect(assign.Rhs[0], func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok && len(call.Args) == 1 {
				if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "Root" {
					if name, ok := r.eval(call.Args[0], fn.env).(string); ok {
						found = append(found, name)
					}
				}
			}
			return true
		})
		return true
	})
	return found
}
