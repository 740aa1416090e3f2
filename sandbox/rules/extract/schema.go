package main

import (
	"go/ast"
	"path/filepath"
	"strings"
)

// Resource is one resource type of a provider.
type Resource struct {
	Name      string `json:"name"`
	Source    string `json:"source"`
	Framework bool   `json:"framework,omitempty"`
	// Attributes whose change makes a new resource under a condition in code.
	ForceNewIf []string              `json:"force_new_if,omitempty"`
	Groups     []Rule                `json:"groups,omitempty"`
	Attributes map[string]*Attribute `json:"attributes"`
}

// Attribute is an attribute or a nested block.
type Attribute struct {
	Type         string                `json:"type"`
	Element      string                `json:"element,omitempty"`
	Nested       map[string]*Attribute `json:"nested,omitempty"`
	Block        bool                  `json:"block,omitempty"`
	Required     bool                  `json:"required,omitempty"`
	Optional     bool                  `json:"optional,omitempty"`
	Computed     bool                  `json:"computed,omitempty"`
	ForceNew     bool                  `json:"force_new,omitempty"`
	ForceNewIf   bool                  `json:"force_new_if,omitempty"`
	MaxItems     int64                 `json:"max_items,omitempty"`
	MinItems     int64                 `json:"min_items,omitempty"`
	Conflicts    []string              `json:"conflicts,omitempty"`
	ExactlyOne   []string              `json:"exactly_one,omitempty"`
	AtLeastOne   []string              `json:"at_least_one,omitempty"`
	RequiredWith []string              `json:"required_with,omitempty"`
	Validators   []Rule                `json:"validators,omitempty"`
	Elements     []Rule                `json:"element_validators,omitempty"`
	Default      Value                 `json:"default,omitempty"`
	Suppress     string                `json:"suppress,omitempty"`
	StateFunc    string                `json:"state_func,omitempty"`
	CustomType   string                `json:"custom_type,omitempty"`
	WriteOnly    bool                  `json:"write_only,omitempty"`
	Line         int                   `json:"line"`
}

// Rule is a validator or a group, with the arguments that could be told; null is one that could not.
type Rule struct {
	Name  string   `json:"name"`
	Args  []Value  `json:"args,omitempty"`
	Types []string `json:"types,omitempty"`
}

// Reader reads resources out of what the evaluator finds.
type Reader struct {
	*Evaluator
	nesting int
}

func isSet(s *Struct, name string) bool {
	value, _ := s.Fields[name].(bool)
	return value
}

func texts(value Value) []string {
	var found []string
	list, _ := value.(List)
	for _, item := range list {
		if text, ok := item.(string); ok {
			found = append(found, text)
		}
	}
	return found
}

// invoked is a value, or what a function without arguments that matter answers.
func (r *Reader) invoked(value Value) Value {
	switch fn := value.(type) {
	case *Closure:
		if values := r.apply(fn, nil, nil, nil); len(values) > 0 {
			return values[0]
		}
	case *Call:
		if fn.made != nil {
			return r.invoked(fn.made)
		}
	}
	return value
}

func (r *Reader) resource(name string, value Value) *Resource {
	found, ok := r.invoked(value).(*Struct)
	if !ok {
		return nil
	}
	attributes := found.Fields["Schema"]
	if fn := found.Fields["SchemaFunc"]; fn != nil {
		attributes = r.invoked(fn)
	}
	schema, ok := attributes.(*Map)
	if !ok {
		return nil
	}
	return &Resource{
		Name: name, Source: r.place(found.node), ForceNewIf: r.customized(found.Fields["CustomizeDiff"]),
		Attributes: r.attributes(schema),
	}
}

func (r *Reader) place(node ast.Node) string {
	if node == nil {
		return ""
	}
	position := r.program.fset.Position(node.Pos())
	path, err := filepath.Rel(r.program.root, position.Filename)
	if err != nil {
		return ""
	}
	return path
}

func (r *Reader) line(node ast.Node) int {
	if node == nil {
		return 0
	}
	return r.program.fset.Position(node.Pos()).Line
}

func (r *Reader) attributes(schema *Map) map[string]*Attribute {
	found := map[string]*Attribute{}
	if r.nesting > 24 {
		return found
	}
	r.nesting++
	defer func() { r.nesting-- }()
	for _, name := range schema.keys {
		if attribute := r.attribute(schema.values[name]); attribute != nil {
			found[name] = attribute
		}
	}
	return found
}

func (r *Reader) attribute(value Value) *Attribute {
	schema, ok := r.invoked(value).(*Struct)
	if !ok {
		return nil
	}
	kind, _ := schema.Fields["Type"].(Symbol)
	dot := strings.LastIndex(string(kind), ".")
	found := &Attribute{
		Type:     strings.ToLower(strings.TrimPrefix(string(kind)[dot+1:], "Type")),
		Required: isSet(schema, "Required"), Optional: isSet(schema, "Optional"),
		Computed: isSet(schema, "Computed"), ForceNew: isSet(schema, "ForceNew"),
		WriteOnly: isSet(schema, "WriteOnly"),
		Conflicts: texts(schema.Fields["ConflictsWith"]), ExactlyOne: texts(schema.Fields["ExactlyOneOf"]),
		AtLeastOne: texts(schema.Fields["AtLeastOneOf"]), RequiredWith: texts(schema.Fields["RequiredWith"]),
		Suppress: called(schema.Fields["DiffSuppressFunc"]), StateFunc: called(schema.Fields["StateFunc"]),
		Line: r.line(schema.node),
	}
	found.MaxItems, _ = schema.Fields["MaxItems"].(int64)
	found.MinItems, _ = schema.Fields["MinItems"].(int64)
	switch schema.Fields["Default"].(type) {
	case string, int64, float64, bool:
		found.Default = schema.Fields["Default"]
	}
	for _, field := range []string{"ValidateFunc", "ValidateDiagFunc"} {
		if rule := r.rule(schema.Fields[field]); rule != nil {
			found.Validators = append(found.Validators, *rule)
		}
	}
	element, _ := r.invoked(schema.Fields["Elem"]).(*Struct)
	if element == nil {
		return found
	}
	if nested, ok := r.invoked(element.Fields["Schema"]).(*Map); ok {
		found.Nested = r.attributes(nested)
		found.Block = true
	} else if nested, ok := r.invoked(element.Fields["SchemaFunc"]).(*Map); ok {
		found.Nested = r.attributes(nested)
		found.Block = true
	} else if inner := r.attribute(element); inner != nil {
		found.Element = inner.Type
		found.Elements = inner.Validators
		if inner.Nested != nil {
			found.Nested = inner.Nested
		}
	}
	return found
}

// called is the name of a function value, without its package; "func" for one without a name.
func called(value Value) string {
	name := ""
	switch fn := value.(type) {
	case *Closure:
		name = fn.name
		if name == "" {
			return "func"
		}
	case *Call:
		name = fn.Fn
	case Symbol:
		name = string(fn)
	}
	return name[strings.LastIndex(name, ".")+1:]
}

// rule is a validator with its arguments; validators within it are arguments too.
func (r *Reader) rule(value Value) *Rule {
	switch fn := value.(type) {
	case *Closure, Symbol:
		if name := called(fn); name != "" && name != "nil" {
			return &Rule{Name: name}
		}
	case *Call:
		name := called(fn)
		if name == "ToDiagFunc" && len(fn.Args) == 1 {
			return r.rule(fn.Args[0])
		}
		found := &Rule{Name: name, Types: fn.Types}
		for _, arg := range fn.Args {
			found.Args = append(found.Args, r.argument(arg))
		}
		if len(fn.Types) == 1 && len(found.Args) == 0 {
			if values := r.enumeration(fn.Types[0]); values != nil {
				found.Args = []Value{values}
			}
		}
		return found
	}
	return nil
}

func (r *Reader) argument(value Value) Value {
	switch arg := value.(type) {
	case string, int64, float64, bool:
		return arg
	case List:
		found := List{}
		for _, item := range arg {
			found = append(found, r.argument(item))
		}
		return found
	case *Map:
		return arg.keys
	case *Call:
		if strings.HasSuffix(arg.Fn, "MustCompile") && len(arg.Args) == 1 {
			return arg.Args[0]
		}
		return r.rule(arg)
	case *Closure:
		return r.rule(arg)
	case Symbol:
		return string(arg)
	}
	return nil
}

// customized lists attributes that code may make immutable: arguments of ForceNew in functions
// that look at the whole change.
func (r *Reader) customized(value Value) []string {
	var found []string
	switch fn := value.(type) {
	case *Closure:
		if fn.body == nil {
			return nil
		}
		ast.Inspect(fn.body, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "ForceNew" {
				if name, ok := r.eval(call.Args[0], fn.env).(string); ok {
					found = append(found, name)
				}
			}
			return true
		})
	case *Call:
		if strings.Contains(fn.Fn, "ForceNewIf") && len(fn.Args) > 0 {
			if name, ok := fn.Args[0].(string); ok {
				return []string{name}
			}
		}
		if fn.made != nil {
			found = append(found, r.customized(fn.made)...)
		}
		for _, arg := range fn.Args {
			found = append(found, r.customized(arg)...)
		}
	case List:
		for _, item := range fn {
			found = append(found, r.customized(item)...)
		}
	}
	return found
}
