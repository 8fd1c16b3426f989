package client_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

var update = flag.Bool("update", false, "write operations_table.go from the op: comments")

// helpers are exported methods that make other methods' calls.
var helpers = []string{
	"Clients.AllF2FTransactions", "Clients.AllOnlineTransactions",
	"F2F.All", "F2F.For", "F2F.WaitUntil",
	"Notifications.All",
	"Online.All", "Online.For", "Online.WaitUntil",
}

// TestOperations_MatchComments compares Operations with the comments above the
// methods, both ways. After adding a method run it with -update.
func TestOperations_MatchComments(t *testing.T) {
	t.Parallel()
	want := commentedOperations(t)
	if *update {
		if err := os.WriteFile("operations_table.go", table(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, client.Operations()); diff != "" {
		t.Errorf("comments (-) and Operations (+) differ; run with -update:\n%s", diff)
	}
}

func TestOperations_AreDistinct(t *testing.T) {
	t.Parallel()
	paths, names := map[string]bool{}, map[string]bool{}
	for _, op := range client.Operations() {
		if paths[op.Method+op.Path] || names[op.GoName] {
			t.Errorf("%+v is there twice", op)
		}
		paths[op.Method+op.Path], names[op.GoName] = true, true
	}
}

// TestOperations_CoverMethods finds an exported method without a comment.
func TestOperations_CoverMethods(t *testing.T) {
	t.Parallel()
	known := slices.Clone(helpers)
	for _, op := range client.Operations() {
		known = append(known, op.GoName)
	}
	for field, service := range services() {
		for method := range service.Methods() {
			if name := field + "." + method.Name; !slices.Contains(known, name) {
				t.Errorf("%s has no op: comment", name)
			}
		}
	}
}

// TestOperations_SendWhatTheySay calls every method by reflection and compares
// the request that arrives with the operation.
func TestOperations_SendWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, op := range client.Operations() {
		t.Run(op.GoName, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(400, `{"code":"probe","error":"probe"}`))
			c := newClient(t, rec.URL)
			err := callFilled(t, methodOf(t, c, op.Method+" "+op.Path))
			var failure *client.Error
			if !asError(err, &failure) || failure.Code != "probe" {
				t.Fatalf("got %v, want the server's code", err)
			}
			if want := op.Method + " " + op.Path; failure.Op != want {
				t.Errorf("error names %q, want %q", failure.Op, want)
			}
			got := rec.last(t)
			path, _, _ := strings.Cut(got.URI, "?")
			if got.Method != op.Method || !template(op.Path).MatchString(path) {
				t.Errorf("sent %s %s, want %s %s", got.Method, path, op.Method, op.Path)
			}
		})
	}
}

// template turns a path of the reference into a pattern with one segment for
// each parameter.
func template(path string) *regexp.Regexp {
	parts := regexp.MustCompile(`\{[^}]+\}`).Split(path, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^/api/v1" + strings.Join(parts, "[^/]+") + "$")
}

// codes are what fields have that the client checks.
var codes = map[string]string{"Currency": "eur", "CountryCode": "IE", "SellerCountryCode": "IE"}

// filled is a value of typ with something in every field.
func filled(typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch typ.Kind() {
	case reflect.String:
		v.SetString("x/y")
		if typ == reflect.TypeFor[json.Number]() {
			v.SetString("1.5")
		}
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(filled(typ.Elem()))
	case reflect.Slice:
		v.Set(reflect.Append(v, filled(typ.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
	case reflect.Struct:
		if typ == reflect.TypeFor[time.Time]() {
			return reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		}
		for i := range typ.NumField() {
			if !typ.Field(i).IsExported() {
				continue
			}
			v.Field(i).Set(filled(typ.Field(i).Type))
			if code := codes[typ.Field(i).Name]; code != "" && typ.Field(i).Type.Kind() == reflect.String {
				v.Field(i).SetString(code) // others are not sent
			}
		}
	}
	return v
}

// services maps the fields of Client to their types.
func services() map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[client.Client]()) {
		if field.IsExported() {
			all[field.Name] = field.Type
		}
	}
	return all
}

func commentedOperations(t *testing.T) []client.Operation {
	t.Helper()
	var found []client.Operation
	eachMethod(t, func(_ *ast.FuncDecl, ops []client.Operation) { found = append(found, ops...) })
	slices.SortFunc(found, func(a, b client.Operation) int {
		return strings.Compare(a.GoName+" "+a.Path, b.GoName+" "+b.Path)
	})
	return found
}

// eachMethod calls visit with every method that has op: comments.
func eachMethod(t *testing.T, visit func(*ast.FuncDecl, []client.Operation)) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fieldsOf := fieldsByType()
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Doc != nil {
				if ops := operationsOf(fn, fieldsOf); len(ops) > 0 {
					visit(fn, ops)
				}
			}
		}
	}
}

// fieldsByType maps a service, and what is embedded in it, to fields of Client.
func fieldsByType() map[string][]string {
	fieldsOf := map[string][]string{}
	for field, typ := range services() {
		fieldsOf[typ.Elem().Name()] = append(fieldsOf[typ.Elem().Name()], field)
		for _, embedded := range reflect.VisibleFields(typ.Elem()) {
			if embedded.Anonymous && embedded.IsExported() {
				fieldsOf[embedded.Type.Name()] = append(fieldsOf[embedded.Type.Name()], field)
			}
		}
	}
	return fieldsOf
}

func operationsOf(fn *ast.FuncDecl, fieldsOf map[string][]string) []client.Operation {
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return nil
	}
	var found []client.Operation
	for _, line := range fn.Doc.List {
		text := strings.TrimSpace(strings.TrimPrefix(line.Text, "//"))
		if op, isOp := strings.CutPrefix(text, "op: "); isOp {
			method, path, _ := strings.Cut(op, " ")
			name := fieldFor(fieldsOf[star.X.(*ast.Ident).Name], path) + "." + fn.Name.Name
			found = append(found, client.Operation{Method: method, Path: path, GoName: name})
		}
	}
	return found
}

// fieldFor chooses among the services that share a method by embedding: a path
// with multi_use belongs to the field with MultiUse.
func fieldFor(fields []string, path string) string {
	for _, field := range fields {
		if len(fields) == 1 || strings.Contains(path, "multi_use") == strings.Contains(field, "MultiUse") {
			return field
		}
	}
	return ""
}

func table(ops []client.Operation) []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated from the op: comments by go test ./client -run TestOperations_MatchComments -update; DO NOT EDIT.\n\n")
	b.WriteString("package client\n\nvar operations = []Operation{\n")
	for _, op := range ops {
		fmt.Fprintf(&b, "\t{Method: %q, Path: %q, GoName: %q},\n", op.Method, op.Path, op.GoName)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

func asError(err error, target **client.Error) bool {
	failure, ok := err.(*client.Error)
	*target = failure
	return ok
}
