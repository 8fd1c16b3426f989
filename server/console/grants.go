package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Grant gives a role in a community to whom the issuer of logins says something of. Nothing else gives one.
type Grant struct {
	Claim     string // the name of a claim; "a.b": b in a
	Value     string // what it is, or one of what it lists
	Role      Role
	Community int64
}

// ParseGrants reads grants as they stand in a setting, such as "groups=escrow-admins:admin@7".
func ParseGrants(texts []string) ([]Grant, error) {
	all := make([]Grant, 0, len(texts))
	for n, text := range texts {
		claim, rest, _ := strings.Cut(strings.TrimSpace(text), "=")
		value, gives := rest[:max(strings.LastIndex(rest, ":"), 0)], rest[strings.LastIndex(rest, ":")+1:]
		role, community, _ := strings.Cut(gives, "@")
		id, err := strconv.ParseInt(community, 10, 64)
		if claim == "" || value == "" || !slices.Contains(Roles(), Role(role)) || err != nil || id < 1 {
			return nil, fmt.Errorf("entry %d is not CLAIM=VALUE:ROLE@COMMUNITY with one of the roles viewer, support, finance, admin, such as groups=escrow-admins:admin@7", n+1)
		}
		all = append(all, Grant{claim, value, Role(role), id})
	}
	return all, nil
}

// granted are the roles that claims give, the highest of each community.
func granted(all []Grant, claims map[string]any) map[int64]Role {
	roles := map[int64]Role{}
	for _, g := range all {
		if says(claims, g) && !roles[g.Community].May(g.Role) {
			roles[g.Community] = g.Role
		}
	}
	return roles
}

// says tells whether claims have the value of a grant, as it is written.
func says(claims map[string]any, g Grant) bool {
	found, there := claims[g.Claim]
	for name, rest := "", g.Claim; !there && rest != ""; {
		name, rest, _ = strings.Cut(rest, ".")
		if found, there = claims[name]; !there {
			return false
		}
		inner, deeper := found.(map[string]any)
		if rest != "" {
			claims, there = inner, false
			if !deeper {
				return false
			}
		}
	}
	if list, is := found.([]any); is {
		return slices.Contains(list, any(g.Value))
	}
	return found == any(g.Value)
}
