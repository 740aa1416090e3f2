package main

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// Program is the source of a provider's module, and of those modules it requires that are on this
// machine; packages are parsed when they are first needed.
type Program struct {
	Module   string
	root     string
	fset     *token.FileSet
	required map[string]string // module path → folder
	packages map[string]*Package
	resolved map[string]string // import path → folder, empty where there is none
}

// Package is one parsed folder.
type Package struct {
	path    string
	files   []*File
	decls   map[string]*Decl
	methods map[string]map[string]*Decl // type → method
}

// File is what names in a file mean.
type File struct {
	pkg     *Package
	syntax  *ast.File
	imports map[string]string // local name → import path
}

// Decl is one declaration of a package, with its value once it is known.
type Decl struct {
	name    string
	file    *File
	fn      *ast.FuncDecl
	typ     *ast.TypeSpec
	value   ast.Expr
	valType ast.Expr
	isConst bool
	iota    int64
	state   int // 0 not evaluated, 1 under way, 2 done
	known   Value
}

// Open reads the go.mod of a module's folder.
func Open(root, cache string) (*Program, error) {
	program := &Program{
		root:     root,
		fset:     token.NewFileSet(),
		required: map[string]string{},
		packages: map[string]*Package{},
		resolved: map[string]string{},
	}
	file, err := os.Open(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(scanner.Text()), "require "))
		if len(fields) == 2 && fields[0] == "module" {
			program.Module = fields[1]
		}
		if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") && strings.Contains(fields[0], ".") {
			program.required[fields[0]] = filepath.Join(cache, escaped(fields[0])+"@"+fields[1])
		}
	}
	return program, scanner.Err()
}

// escaped is a module path as the module cache spells it: capitals are an exclamation mark and the
// small letter.
func escaped(path string) string {
	var text strings.Builder
	for _, r := range path {
		if unicode.IsUpper(r) {
			text.WriteByte('!')
		}
		text.WriteRune(unicode.ToLower(r))
	}
	return text.String()
}

// folder is where a package is, empty if it is not on this machine.
func (p *Program) folder(path string) string {
	if path == p.Module || strings.HasPrefix(path, p.Module+"/") {
		return filepath.Join(p.root, strings.TrimPrefix(path, p.Module))
	}
	if known, ok := p.resolved[path]; ok {
		return known
	}
	found := ""
	for module, folder := range p.required {
		if path != module && !strings.HasPrefix(path, module+"/") {
			continue
		}
		candidate := filepath.Join(folder, strings.TrimPrefix(path, module))
		if info, err := os.Stat(candidate); err == nil && info.IsDir() {
			found = candidate
		}
	}
	p.resolved[path] = found
	return found
}

// Package parses a package; nil if it is not on this machine.
func (p *Program) Package(path string) *Package {
	if known, ok := p.packages[path]; ok {
		return known
	}
	p.packages[path] = nil
	folder := p.folder(path)
	if folder == "" {
		return nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	pkg := &Package{path: path, decls: map[string]*Decl{}, methods: map[string]map[string]*Decl{}}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(
			p.fset, filepath.Join(folder, name), nil, parser.ParseComments|parser.SkipObjectResolution,
		)
		if err != nil {
			continue
		}
		file := &File{pkg: pkg, syntax: syntax, imports: imports(syntax)}
		pkg.files = append(pkg.files, file)
		pkg.index(file)
	}
	p.packages[path] = pkg
	return pkg
}

var version = regexp.MustCompile(`^v\d+$`)

func imports(syntax *ast.File) map[string]string {
	found := map[string]string{}
	for _, spec := range syntax.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		parts := strings.Split(path, "/")
		name := parts[len(parts)-1]
		if version.MatchString(name) && len(parts) > 1 {
			name = parts[len(parts)-2]
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		found[strings.TrimPrefix(name, "go-")] = path
	}
	return found
}

func (pkg *Package) index(file *File) {
	for _, declaration := range file.syntax.Decls {
		switch node := declaration.(type) {
		case *ast.FuncDecl:
			decl := &Decl{name: node.Name.Name, file: file, fn: node}
			if node.Recv == nil {
				pkg.decls[decl.name] = decl
				continue
			}
			receiver := typeName(node.Recv.List[0].Type)
			if pkg.methods[receiver] == nil {
				pkg.methods[receiver] = map[string]*Decl{}
			}
			pkg.methods[receiver][decl.name] = decl
		case *ast.GenDecl:
			pkg.indexGroup(file, node)
		}
	}
}

func (pkg *Package) indexGroup(file *File, group *ast.GenDecl) {
	var last *ast.ValueSpec
	for number, spec := range group.Specs {
		switch node := spec.(type) {
		case *ast.TypeSpec:
			pkg.decls[node.Name.Name] = &Decl{name: node.Name.Name, file: file, typ: node}
		case *ast.ValueSpec:
			// A constant without a value repeats the one before.
			if len(node.Values) > 0 || last == nil || group.Tok == token.VAR {
				last = node
			}
			for index, name := range node.Names {
				decl := &Decl{
					name: name.Name, file: file, valType: last.Type,
					isConst: group.Tok == token.CONST, iota: int64(number),
				}
				if index < len(last.Values) {
					decl.value = last.Values[index]
				}
				pkg.decls[name.Name] = decl
			}
		}
	}
}

// typeName is the plain name of a receiver's type.
func typeName(expr ast.Expr) string {
	switch node := expr.(type) {
	case *ast.StarExpr:
		return typeName(node.X)
	case *ast.IndexExpr:
		return typeName(node.X)
	case *ast.IndexListExpr:
		return typeName(node.X)
	case *ast.Ident:
		return node.Name
	}
	return ""
}
