package braintree

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// matches holds a transaction against all criteria of a search.
func matches(t *transaction, in fields) bool {
	id := in.at("id")
	of := func(text string) bool { return text == t.ID || text == t.global() }
	switch {
	case id.has("is") && !of(id.at("is").text), id.has("in") && !slices.ContainsFunc(id.at("in").texts(), of):
		return false
	case !matchesText(t.Order, in.at("orderId")), !between(t.Created, in.at("createdAt", "greaterThanOrEqualTo").text, in.at("createdAt", "lessThanOrEqualTo").text):
		return false
	}
	status := in.at("status")
	return (!status.has("is") || status.at("is").text == t.Status) && (!status.has("in") || slices.Contains(status.at("in").texts(), t.Status))
}

func matchesText(text string, in fields) bool {
	for how, fits := range map[string]func(string, string) bool{
		"is": func(a, b string) bool { return a == b }, "isNot": func(a, b string) bool { return a != b },
		"startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix, "contains": strings.Contains,
	} {
		if in.has(how) && !fits(text, in.at(how).text) {
			return false
		}
	}
	return true
}

// between compares with times of RFC 3339; empty ones bound nothing, and what is no time fits nothing.
func between(at time.Time, from, to string) bool {
	for _, bound := range []struct {
		text  string
		after bool
	}{{from, false}, {to, true}} {
		limit, err := time.Parse(time.RFC3339, bound.text)
		if bound.text != "" && (err != nil || !bound.after && at.Before(limit) || bound.after && at.After(limit)) {
			return false
		}
	}
	return true
}

const cursorOf = "after "

// page is a part of what was found. A cursor names the object that it stands behind, so that new ones do not move it.
func (s *state) page(kind string, found []*transaction, first, after string) (stage.Value, error) {
	most := pageSize
	if n, err := strconv.Atoi(first); err == nil && n >= 1 {
		most = min(n, pageSize)
	}
	begin := 0
	if raw, err := base64.StdEncoding.DecodeString(after); after != "" {
		id, ok := strings.CutPrefix(string(raw), cursorOf)
		i := slices.IndexFunc(found, func(t *transaction) bool { return t.ID == id })
		if err != nil || !ok || i < 0 {
			return nil, &refusal{status: 422, code: "not_found", message: "The cursor is not valid.", class: "VALIDATION", at: "after"}
		}
		begin = i + 1
	}
	end := min(begin+most, len(found))
	edges := []record{}
	info := map[string]stage.Value{"hasNextPage": end < len(found), "hasPreviousPage": begin > 0}
	for _, t := range found[begin:end] {
		cursor := base64.StdEncoding.EncodeToString([]byte(cursorOf + t.ID))
		edges = append(edges, record{kind + "ConnectionEdge", map[string]stage.Value{"cursor": cursor, "node": s.shown(t)}})
		info["endCursor"] = cursor
		if _, set := info["startCursor"]; !set {
			info["startCursor"] = cursor
		}
	}
	return record{kind + "Connection", map[string]stage.Value{"edges": edges, "pageInfo": record{"PageInfo", info}}}, nil
}
