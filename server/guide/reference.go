package guide

import (
	_ "embed"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/handsel-dev/handsel/internal/guidebook"
	"github.com/handsel-dev/handsel/server/web"
)

// Calls are where the reference of the API is shown.
const Calls = Documents + "/api"

// objects is the last part of the path of the page of all types.
const objects = "objects"

//go:embed reference.json.gz
var packedReference []byte

// everyCall is the reference of a server that has all parts, as sdk/generate has packed it.
var everyCall = sync.OnceValues(func() (guidebook.Reference, error) {
	return guidebook.Unpack[guidebook.Reference](packedReference)
})

// manual is the reference of this server.
type manual struct {
	common   []string
	subjects []matter
	shared   []guidebook.Object // by several subjects
	objects  map[string]string  // the paths at which objects are explained, by name
	calls    map[string]string  // those of calls, by operation
}

// matter is a subject with the objects that it alone has.
type matter struct {
	guidebook.Subject
	own []guidebook.Object
}

// written is the reference of a server with some routes.
func written(routes []web.Route) (*manual, error) {
	all, err := everyCall()
	if err != nil {
		return nil, err
	}
	served := map[string]bool{}
	for _, r := range routes {
		served[r.Operation()] = true
	}
	m := &manual{common: all.Common, objects: map[string]string{}, calls: map[string]string{}}
	used := map[string][]int{} // by which subjects an object is
	for _, s := range all.Subjects {
		s.Calls = slices.DeleteFunc(slices.Clone(s.Calls), func(c guidebook.Call) bool { return !served[c.Operation] })
		if len(s.Calls) == 0 {
			continue
		}
		for name := range uses(s, all.Objects) {
			used[name] = append(used[name], len(m.subjects))
		}
		m.subjects = append(m.subjects, matter{Subject: s})
		for _, c := range s.Calls {
			m.calls[c.Operation] = Calls + "/" + s.Slug + "#" + c.Operation
		}
	}
	for _, o := range all.Objects {
		if by := used[o.Name]; len(by) == 1 {
			s := &m.subjects[by[0]]
			s.own, m.objects[o.Name] = append(s.own, o), Calls+"/"+s.Slug+"#"+o.Name
		} else if len(by) > 1 {
			m.shared, m.objects[o.Name] = append(m.shared, o), Calls+"/"+objects+"#"+o.Name
		}
	}
	return m, nil
}

// uses are the objects that the calls of a subject name, and those that these name.
func uses(s guidebook.Subject, all []guidebook.Object) map[string]bool {
	found := map[string]bool{}
	var look func(words string)
	look = func(words string) {
		for _, name := range strings.Fields(words) {
			at, ok := slices.BinarySearchFunc(all, name, func(o guidebook.Object, name string) int { return strings.Compare(o.Name, name) })
			if !ok || found[name] {
				continue
			}
			found[name] = true
			for _, f := range all[at].Fields {
				look(f.Type)
			}
		}
	}
	look("Problem") // with which each may be refused
	for _, c := range s.Calls {
		for _, f := range c.Parameters {
			look(f.Type)
		}
		for _, a := range c.Answers {
			look(a.Type)
		}
		if c.Body != nil {
			look(c.Body.Type)
			for _, f := range c.Body.Fields {
				look(f.Type)
			}
		}
	}
	return found
}

// at is where a call is shown: those that only browsers make stand in the list of all.
func (m *manual) at(operation string) string {
	if path := m.calls[operation]; path != "" {
		return path
	}
	return Documents + "/calls#" + operation
}

// described are all objects.
func (m *manual) described() []guidebook.Object {
	all := slices.Clone(m.shared)
	for _, s := range m.subjects {
		all = append(all, s.own...)
	}
	return all
}

// typed are the words of a type; those that name an object lead to it.
func (m *manual) typed(words string) (all []run) {
	text := ""
	for _, word := range strings.SplitAfter(words, " ") {
		name := strings.TrimSpace(word)
		if m.objects[name] == "" {
			text += word
			continue
		}
		if text != "" {
			all = append(all, run{Text: text})
		}
		all, text = append(all, run{Text: name, Code: true}), word[len(name):]
	}
	if text != "" {
		all = append(all, run{Text: text})
	}
	return all
}

// rows is how high the field of a body is.
func rows(text string) string { return strconv.Itoa(max(2, min(20, strings.Count(text, "\n")+1))) }

// sends reports whether a form can send what the call takes.
func sends(c guidebook.Call) bool { return !c.Untried && (c.Body == nil || c.Body.Media == "") }

// forwarded reports whether something stands between, which may have been asked by anybody.
func forwarded(h http.Header) bool {
	for name := range h {
		if name == "Forwarded" || name == "Via" || strings.HasPrefix(name, "X-Forwarded-") || name == "X-Real-Ip" {
			return true
		}
	}
	return false
}

// local reports whether a server was asked for by a name of this machine, which no page of others has.
func local(host string) bool {
	u, err := url.Parse("http://" + host)
	return err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
