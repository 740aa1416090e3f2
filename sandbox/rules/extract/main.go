// Extract prints what a Terraform provider's source says of its resource types, as JSON: schemas,
// what replaces, groups and validators with their arguments.
//
//	go run . <folder of the provider's module> > resources.json
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

var annotation = regexp.MustCompile(`@(SDKResource|FrameworkResource)\("(\w+)"`)

func main() {
	log.SetFlags(0)
	only := flag.String("only", "", "regular expression of the types' names")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: extract [-only pattern] <folder of the provider's module>")
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		log.Fatal(err)
	}
	program, err := Open(flag.Arg(0), strings.TrimSpace(string(cache)))
	if err != nil {
		log.Fatal(err)
	}
	reader := &Reader{Evaluator: &Evaluator{program: program, kept: keeps}}
	found, missed := reader.all(regexp.MustCompile(*only))
	sort.Slice(found, func(a, b int) bool { return found[a].Name < found[b].Name })
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(
		os.Stderr, "%d types, %d not read, %d conditions not decided\n",
		len(found), len(missed), reader.Undecided,
	)
	for _, name := range missed {
		fmt.Fprintln(os.Stderr, "  not read:", name)
	}
}

// keeps are packages whose functions say by their name what they do.
func keeps(path string) bool {
	for _, part := range []string{
		"/internal/enum", "/internal/framework/types", "/internal/framework/validators",
		"/internal/framework/planmodifiers", "/internal/flex", "/google/fwmodels",
	} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

func (r *Reader) all(only *regexp.Regexp) ([]*Resource, []string) {
	var found []*Resource
	var missed []string
	for _, path := range r.program.folders() {
		pkg := r.program.Package(path)
		if pkg == nil {
			continue
		}
		for _, candidate := range r.candidates(pkg) {
			if !only.MatchString(candidate.name) {
				continue
			}
			resource := candidate.read()
			if resource == nil || len(resource.Attributes) == 0 {
				missed = append(missed, candidate.name)
				continue
			}
			found = append(found, resource)
		}
	}
	return found, missed
}

// folders are the import paths of the module's packages.
func (p *Program) folders() []string {
	var found []string
	filepath.WalkDir(p.root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil
		}
		if name := entry.Name(); strings.HasPrefix(name, ".") || name == "testdata" || name == "website" {
			return filepath.SkipDir
		}
		relative, _ := filepath.Rel(p.root, path)
		if strings.Contains(relative, "service") {
			found = append(found, p.Module+"/"+filepath.ToSlash(relative))
		}
		return nil
	})
	return found
}

type candidate struct {
	name string
	read func() *Resource
}

// candidates are a package's resource types, by each provider's way of registering them.
func (r *Reader) candidates(pkg *Package) []candidate {
	var found []candidate
	for _, file := range pkg.files {
		for _, declaration := range file.syntax.Decls {
			fn, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			switch {
			case fn.Recv == nil && fn.Doc != nil:
				found = append(found, r.annotated(pkg, fn)...)
			case fn.Recv == nil && fn.Name.Name == "init":
				found = append(found, r.registered(file, fn)...)
			case fn.Recv != nil && fn.Name.Name == "SupportedResources":
				found = append(found, r.supported(pkg, fn, file)...)
			case fn.Recv != nil && fn.Name.Name == "Resources":
				found = append(found, r.modelled(fn, file)...)
			}
		}
	}
	return found
}

// annotated: terraform-provider-aws marks the function that makes a resource by a comment.
func (r *Reader) annotated(pkg *Package, fn *ast.FuncDecl) []candidate {
	var found []candidate
	for _, comment := range fn.Doc.List {
		match := annotation.FindStringSubmatch(comment.Text)
		if match == nil {
			continue
		}
		make := r.declared(pkg, fn.Name.Name)
		found = append(found, candidate{match[2], func() *Resource {
			if match[1] == "SDKResource" {
				return r.resource(match[2], make)
			}
			return r.frameworkResource(match[2], r.invoked(make))
		}})
	}
	return found
}

// registered: terraform-provider-google registers in init functions.
func (r *Reader) registered(file *File, fn *ast.FuncDecl) []candidate {
	var found []candidate
	ast.Inspect(fn.Body, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return true
		}
		env := r.top(file)
		typ := r.qualified(literal.Type, env)
		if !strings.HasSuffix(typ, "/registry.Schema") {
			return true
		}
		fields := map[string]ast.Expr{}
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				fields[typeName(pair.Key)] = pair.Value
			}
		}
		name, _ := r.eval(fields["Name"], env).(string)
		if kind, ok := fields["Type"].(*ast.SelectorExpr); ok && !strings.Contains(kind.Sel.Name, "DataSource") {
			found = append(found, candidate{name, func() *Resource {
				return r.resource(name, r.eval(fields["Schema"], env))
			}})
		}
		return false
	})
	return found
}

// supported: terraform-provider-azurerm lists its older resources in a map.
func (r *Reader) supported(pkg *Package, fn *ast.FuncDecl, file *File) []candidate {
	closure := &Closure{
		name: pkg.path + ".SupportedResources", typ: fn.Type, body: fn.Body,
		recv: receiver(fn), self: &Struct{}, env: r.top(file),
	}
	values := r.apply(closure, nil, nil, nil)
	if len(values) == 0 {
		return nil
	}
	all, _ := values[0].(*Map)
	if all == nil {
		return nil
	}
	var found []candidate
	for _, name := range all.keys {
		found = append(found, candidate{name, func() *Resource {
			return r.resource(name, all.values[name])
		}})
	}
	return found
}

// modelled: and its newer ones as structs with methods.
func (r *Reader) modelled(fn *ast.FuncDecl, file *File) []candidate {
	values := r.apply(&Closure{
		name: "Resources", typ: fn.Type, body: fn.Body, recv: receiver(fn), self: &Struct{},
		env: r.top(file),
	}, nil, nil, nil)
	if len(values) == 0 {
		return nil
	}
	list, _ := values[0].(List)
	var found []candidate
	for _, item := range list {
		name, _ := r.invoked(r.member(item, "ResourceType")).(string)
		if name == "" {
			continue
		}
		found = append(found, candidate{name, func() *Resource {
			schema, _ := r.invoked(r.member(item, "Arguments")).(*Map)
			if schema == nil {
				return nil
			}
			return &Resource{Name: name, Source: file.pkg.path, Attributes: r.attributes(schema)}
		}})
	}
	return found
}
