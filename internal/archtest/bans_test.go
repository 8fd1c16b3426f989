package archtest_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// The limits of a file and of a function, in lines. New code aims at 400 and
// 60; these are where the build stops.
const (
	maxFileLines     = 500
	maxFunctionLines = 80
)

// maxBranches is how many ways a function may take: ifs, loops and cases.
const maxBranches = 12

// maxAny is how often a thousand lines may say any, where it is not the bound of a type
// parameter: what is of any type is checked by nobody.
const maxAny = 3

// ban is something that production code must not contain.
type ban struct {
	name    string
	applies func(file string) bool
	find    func(source) []finding
}

// finding is one place where a ban is broken.
type finding struct {
	pos  token.Pos
	what string
}

// exceptions are files in which a ban has no point, each with its reason. The
// key is the file and the name of the ban.
var exceptions = map[string]string{
	"client/oauth.go clock":                                   "the default of OAuth.Now, whose zero value works",
	"client/options.go timer":                                 "the pause between two tries of one call, which its caller waits for",
	"client/retry.go chance v2":                               "the default of Retry.Jitter; tests replace it",
	"cmd/handsel/demo.go timer":                               "the demo waits for what it shows",
	"cmd/handsel/listen.go timer":                             "the pause before a connection is made anew",
	"cmd/handsel/listen_stream.go timer":                      "a connection that is silent for too long is broken",
	"cmd/handsel/loops.go timer":                              "how long the end of the program may take",
	"internal/apikey/apikey.go secret chance":                 "a key is random by nature; its tests build keys from given bytes",
	"internal/app/testbed.go secret chance":                   "a secret is random by nature",
	"internal/sqlstore/apply_postgres.go timer":               "the pause between two tries of one commit, which its caller waits for",
	"internal/sqlstore/open.go timer":                         "the pause between two tries of the first connection, which the start waits for",
	"internal/sqlstore/claim.go claim":                        "the one statement that claims",
	"internal/sqlstore/group.go timer":                        "how long the end of the store may take",
	"internal/sqlstore/notify.go timer":                       "asks whether a connection lives; it belongs to the connection",
	"internal/sqlstore/open.go secret chance":                 "the default of Options.NewToken; tests replace it",
	"internal/testkit/testkit.go panic":                       "a crash is what it plays; Survive recovers it",
	"migrations/migrations.go timer":                          "the pause between two tries of one lock, which the start waits for",
	"orchestrator/accept.go clock":                            "a stopwatch over one write; the engine's own clock is Config.Now",
	"orchestrator/asked.go clock":                             "a stopwatch over one write; the engine's own clock is Config.Now",
	"orchestrator/calls.go timer":                             "the deadline of a page of a statement, set again with each line",
	"sandbox/issuer.go secret chance":                         "login codes and keys are secrets even here; tests only pass them on",
	"sdk/go/operations.go long file":                          "generated, and marked so",
	"sdk/go/processes.go long file":                           "generated, and marked so",
	"sdk/go/types.go long file":                               "generated, and marked so",
	"server/observer.go float":                                "Prometheus counts seconds in floats; no money passes here",
	"server/web/body.go clock":                                "the deadline of a read from a connection, which knows no other clock",
	"internal/app/pacer.go timer":                             "the pause between two webhooks while requests are being answered",
	"server/native/events.go timer":                           "how long one request waits for events",
	"server/native/event_stream.go timer":                     "the life of one stream, its pings and looks",
	"server/console/live.go timer":                            "the life of one stream, its pings, looks and rests",
	"server/console/watch.go timer":                           "a look at the log where a wake was lost",
	"server/gatewaysin/face.go timer":                         "the deadline of one request",
	"server/socket/socket.go timer":                           "pings and deadlines of one websocket; they belong to the connection",
	"server/socket/login.go timer":                            "the deadline of one websocket's login",
	"server/web/observe.go panic":                             "passes on http.ErrAbortHandler, which the HTTP server wants to see",
	"server/server.go secret chance":                          "the default of Config.NewID; tests replace it",
	"server/internal/facetest/steps.go float":                 "compares answers as encoding/json reads them; no money passes here",
	"server/internal/facetest/testbed.go float":               "compares answers as encoding/json reads them; no money passes here",
	"orchestrator/gateway/paytrail/paytrail.go secret chance": "the default of a constructor: a nonce is random by nature",
}

// tools are programs, clients and test helpers rather than parts of the engine.
var tools = []string{"cmd", "examples", "internal/bench", "internal/pgtest", "internal/testkit", "sdk", "server/internal/facetest"}

// played are folders in which time is made or played. Everywhere else what is due is a job
// of internal/due, and a timer that is none says why below.
var played = []string{"examples", "internal/due", "internal/bench", "internal/pgtest", "internal/testkit", "sandbox", "sdk", "server/internal/facetest"}

// tellers are who may write what people are sent: notices, which decides it, the store that
// keeps it, and a diary for tests. Everywhere else a notice is a row of notices.Book.
var tellers = []string{"notices", "internal/sqlstore", "server/internal/facetest"}

// senders are who may know the package that sends e-mails: who tells, who sets it up, and the pages that show its templates.
var senders = []string{"notices", "internal/mail", "internal/devmail", "internal/app", "cmd/handsel"}

// exact are the folders through which amounts of money pass.
var exact = []string{
	"client", "exchange", "fault", "internal/sqlstore", "listings", "money", "orchestrator", "sandbox", "server", "webhooks",
}

var bans = []ban{
	{"float", in(exact), findFloats},
	{"clock", notIn(tools), findCalls("time", only("Now", "Since", "Sleep", "Until"))},
	{"timer", notIn(played), findCalls("time", only("After", "AfterFunc", "NewTicker", "NewTimer", "Sleep", "Tick"))},
	{"claim", notIn(nil), findText("skip locked")},
	{"chance", notIn(tools), findCalls("math/rand", allBut("New", "NewSource"))},
	{"chance v2", notIn(tools), findCalls("math/rand/v2", allBut("New", "NewChaCha8", "NewPCG"))},
	{"secret chance", notIn(tools), findCalls("crypto/rand", allBut())},
	{"random id", notIn(tools), findCalls("github.com/google/uuid", allBut("Parse", "ParseBytes", "MustParse", "FromBytes", "Validate"))},
	{"environment", notIn(tools), findCalls("os", only("Environ", "ExpandEnv", "Getenv", "LookupEnv"))},
	{"global log", notIn(nil), findCalls("log/slog", only("Debug", "DebugContext", "Default", "Error", "ErrorContext", "Info", "InfoContext", "Log", "SetDefault", "Warn", "WarnContext"))},
	{"print", notIn([]string{"cmd", "examples", "internal/bench"}), findPrints},
	{"panic", notIn(nil), findPanics},
	{"telling", notIn(tellers), findTelling},
	{"init", notIn(nil), findInits},
	{"import", notIn(nil), findImports},
	{"wording", notIn(nil), findWording},
	{"long file", writtenByHand, findLongFile},
	{"long function", writtenByHand, findLongFunctions},
	{"branches", writtenByHand, findBranches},
}

// writtenByHand leaves out what is made from pages.
func writtenByHand(file string) bool { return !strings.HasSuffix(file, "_templ.go") }

func in(folders []string) func(string) bool {
	return func(file string) bool {
		return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(file, f+"/") })
	}
}

func notIn(folders []string) func(string) bool {
	return func(file string) bool { return !in(folders)(file) }
}

func only(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

func allBut(names ...string) func(string) bool {
	return func(name string) bool { return !slices.Contains(names, name) }
}

// findFloats finds the types, the literals and the one common way to get a
// float without naming either.
func findFloats(s source) []finding {
	found := findCalls("strconv", only("ParseFloat", "FormatFloat", "AppendFloat"))(s)
	return append(found, findNodes(s, func(n ast.Node) string {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "float32" || n.Name == "float64" {
				return n.Name
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT || n.Kind == token.IMAG {
				return "float literal " + n.Value
			}
		}
		return ""
	})...)
}

// findTelling finds feed entries and e-mails that are made or stored, and packages that
// could send some.
func findTelling(s source) []finding {
	return findNodes(s, func(n ast.Node) string {
		switch n := n.(type) {
		case *ast.ImportSpec:
			if n.Path.Value == `"github.com/handsel-dev/handsel/internal/mail"` && !in(senders)(s.path) || n.Path.Value == `"net/smtp"` {
				return "import of " + n.Path.Value
			}
		case *ast.CompositeLit:
			if of, ok := n.Type.(*ast.SelectorExpr); ok && slices.Contains([]string{"Entry", "Mail", "News", "Message"}, of.Sel.Name) {
				id, ok := of.X.(*ast.Ident)
				if ok && (s.imports()[id.Name] == "github.com/handsel-dev/handsel/notices" || s.imports()[id.Name] == "github.com/handsel-dev/handsel/internal/mail") {
					return id.Name + "." + of.Sel.Name + " made by hand"
				}
			}
		case *ast.CallExpr:
			if call, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"AddMail", "Deliver", "DeliverQuietly", "Hold"}, call.Sel.Name) && len(n.Args) > 1 {
				return "call of " + call.Sel.Name
			}
		}
		return ""
	})
}

// findText finds string literals that hold a text.
func findText(text string) func(source) []finding {
	return func(s source) []finding {
		return findNodes(s, func(n ast.Node) string {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && strings.Contains(strings.ToLower(l.Value), text) {
				return "the words " + strconv.Quote(text)
			}
			return ""
		})
	}
}

// findCalls finds calls of a package's functions. A function that is only
// named, as in "Now: time.Now", is a default that a caller can replace.
func findCalls(pkg string, banned func(name string) bool) func(source) []finding {
	return func(s source) []finding {
		var found []finding
		ast.Inspect(s.file, func(n ast.Node) bool {
			if name, ok := s.called(n, pkg); ok && banned(name) {
				found = append(found, finding{n.Pos(), "call of " + pkg + "." + name})
			}
			return true
		})
		return found
	}
}

func findPrints(s source) []finding {
	builtin := findNodes(s, func(n ast.Node) string {
		if name := calledBuiltin(n); name == "print" || name == "println" {
			return "call of " + name
		}
		return ""
	})
	return append(builtin, findCalls("fmt", only("Print", "Printf", "Println"))(s)...)
}

func findPanics(s source) []finding {
	var found []finding
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && (strings.HasPrefix(f.Name.Name, "Must") || strings.HasPrefix(f.Name.Name, "must")) {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if n != nil && calledBuiltin(n) == "panic" {
				found = append(found, finding{n.Pos(), "panic outside a Must function"})
			}
			return true
		})
	}
	return found
}

func findInits(s source) []finding {
	return findNodes(s, func(n ast.Node) string {
		if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			return "init function"
		}
		return ""
	})
}

func findImports(s source) []finding {
	return findNodes(s, func(n ast.Node) string {
		i, ok := n.(*ast.ImportSpec)
		switch {
		case !ok:
			return ""
		case i.Path.Value == `"unsafe"`, i.Path.Value == `"log"`:
			return "import of " + i.Path.Value
		case i.Name != nil && i.Name.Name == ".":
			return "import into the file's own names"
		}
		return ""
	})
}

func findLongFile(s source) []finding {
	if n := s.fset.File(s.file.Pos()).LineCount(); n > maxFileLines {
		return []finding{{s.file.Pos(), fmt.Sprintf("file of %d lines, more than %d", n, maxFileLines)}}
	}
	return nil
}

func findLongFunctions(s source) []finding {
	return findNodes(s, func(n ast.Node) string {
		f, ok := n.(*ast.FuncDecl)
		if !ok {
			return ""
		}
		if lines := s.line(f.End()) - s.line(f.Pos()) + 1; lines > maxFunctionLines {
			return fmt.Sprintf("function %s of %d lines, more than %d", f.Name.Name, lines, maxFunctionLines)
		}
		return ""
	})
}

// findAny finds where any is a type of its own. As the bound of a type parameter it hides nothing.
func findAny(s source) []finding {
	bounds := map[ast.Node]bool{}
	var found []finding
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			bounds[n.TypeParams] = true
		case *ast.TypeSpec:
			bounds[n.TypeParams] = true
		case *ast.FieldList:
			return !bounds[n]
		case *ast.Ident:
			if n.Name == "any" {
				found = append(found, finding{n.Pos(), n.Name})
			}
		}
		return true
	})
	return found
}

// findBranches finds functions that take more ways than a reader can follow.
func findBranches(s source) []finding {
	return findNodes(s, func(n ast.Node) string {
		f, ok := n.(*ast.FuncDecl)
		if !ok {
			return ""
		}
		branches := len(nodesIn(f, func(n ast.Node) string {
			switch n := n.(type) {
			case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
				return "branch"
			case *ast.CaseClause:
				if n.List != nil {
					return "case"
				}
			case *ast.CommClause:
				if n.Comm != nil {
					return "case"
				}
			}
			return ""
		}))
		if branches > maxBranches {
			return fmt.Sprintf("function %s of %d branches, more than %d", f.Name.Name, branches, maxBranches)
		}
		return ""
	})
}

// findNodes finds every node about which says something.
func findNodes(s source, about func(ast.Node) string) []finding { return nodesIn(s.file, about) }

func nodesIn(root ast.Node, about func(ast.Node) string) []finding {
	var found []finding
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			return false
		}
		if what := about(n); what != "" {
			found = append(found, finding{n.Pos(), what})
		}
		return true
	})
	return found
}

// called tells which function of a package a node calls, if it does.
func (s source) called(n ast.Node, pkg string) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	fun := ast.Unparen(call.Fun)
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	selector, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	id, ok := selector.X.(*ast.Ident)
	return selector.Sel.Name, ok && s.imports()[id.Name] == pkg
}

func calledBuiltin(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name
}

// imports maps the names of packages in the file to their paths.
func (s source) imports() map[string]string {
	names := map[string]string{}
	for _, i := range s.file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue // the parser has refused it
		}
		name := strings.TrimSuffix(path, "/v2")
		name = name[strings.LastIndex(name, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = path
	}
	return names
}
