package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/handsel-dev/handsel/fault"
)

// Guard says where deliveries may go: an address that a marketplace names must not lead a
// server to what only it can reach (server-side request forgery). The address is looked
// at when an endpoint is stored, and what its name stands for whenever a connection is made:
// a name may stand for something else by then. The zero value allows https on port 443 of
// public addresses.
type Guard struct {
	// Loopback allows this machine, by http too, on every port: for development.
	Loopback bool
	// Ports are allowed; none: 443.
	Ports []int
	// Networks are allowed although they are private, by https alone.
	Networks []netip.Prefix
	// Lookup finds the addresses of a name; nil: the resolver of the system.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	// Proxy makes all connections, if it is given; it has to refuse what is inside.
	Proxy *url.URL
}

// maxURL is how many bytes an address may have.
const maxURL = 2048

// refusedNetworks is what is no public address: IANA's registries of special-purpose
// addresses for IPv4 and IPv6, with what leads to IPv4 inside of IPv6 (NAT64, 6to4, Teredo).
// The addresses at which clouds tell machines about themselves are among them.
var refusedNetworks = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
	"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2002::/16",
	"2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

// public6 are the only addresses of IPv6 that are given to anybody so far.
var public6 = prefixes("2000::/3")[0]

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// refusal is a fault that says what is wrong with an address of an endpoint.
func refusal(reason fault.Reason, format string, args ...any) error {
	return fault.New(fault.Invalid, reason, format, args...).With("field", "url")
}

// Check refuses an address of an endpoint for what can be seen in it. Faults: invalid_url,
// url_not_allowed.
func (g Guard) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Opaque != "" || len(address) > maxURL || !printable(address) {
		return refusal("invalid_url", "url must be an https address, such as https://shop.example.com/webhooks")
	}
	if u.User != nil || u.Fragment != "" || strings.HasSuffix(address, "#") {
		return refusal("invalid_url", "url must not have a user name, a password or a fragment")
	}
	host := strings.ToLower(u.Hostname())
	if err := g.checkHost(host); err != nil {
		return err
	}
	local := g.Loopback && isLocal(host)
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return refusal("invalid_url", "url must be an https address, such as https://shop.example.com/webhooks")
	}
	return g.checkPort(u, local)
}

func printable(address string) bool {
	return !strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' })
}

func (g Guard) checkPort(u *url.URL, local bool) error {
	port := 443
	if text := u.Port(); text != "" {
		var err error
		if port, err = strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return refusal("invalid_url", "url has a port that does not exist")
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return refusal("invalid_url", "url has no port behind the colon")
	}
	if !local && !slices.Contains(g.ports(), port) {
		return refusal("url_not_allowed", "url has a port that is not allowed; use one of %v", g.ports())
	}
	return nil
}

func (g Guard) ports() []int {
	if len(g.Ports) == 0 {
		return []int{443}
	}
	return g.Ports
}

// checkHost refuses names that are none on the Internet, and numbers that are no public
// address, however they are written: whoever resolves a name may take 0x7f.1 for an
// address.
func (g Guard) checkHost(host string) error {
	if strings.Contains(host, "%") {
		return refusal("url_not_allowed", "url must not name a zone of a network")
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if g.allowed(a) {
			return nil
		}
		return refusal("url_not_allowed", "url must lead to a public address, not into a private network")
	}
	if g.Loopback && isLocal(host) {
		return nil
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	switch {
	case slices.Contains(labels, ""), len(host) > 253, strings.ContainsFunc(host, func(r rune) bool { return !nameRune(r) }):
		return refusal("invalid_url", "url has a host that is not a name")
	case last[0] >= '0' && last[0] <= '9':
		return refusal("url_not_allowed", "url has a host that is a number; write an address as four numbers with dots, or use a name")
	case len(labels) == 1, slices.Contains(insideNames, last):
		return refusal("url_not_allowed", "url must have a name that is known on the Internet, such as shop.example.com")
	}
	return nil
}

func nameRune(r rune) bool {
	return r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z'
}

// insideNames are the ends of names that the Internet does not know (RFC 6761, RFC 6762, RFC 7686,
// RFC 8375, and ICANN's internal); metadata.google.internal is one.
var insideNames = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "onion", "invalid", "arpa"}

func isLocal(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// allowed reports whether a connection to an address may be made.
func (g Guard) allowed(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() {
		return false
	}
	if a.IsLoopback() && g.Loopback {
		return true
	}
	// One network that is allowed is named by its own kind of address.
	if in(g.Networks, a) {
		return true
	}
	return !in(refusedNetworks, a) && (a.Is4() || public6.Contains(a))
}

func in(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// errInside is a name that stands for an address that is not allowed. It does not say
// which.
var errInside = errors.New("the address is not public")

// Dial connects to a host of an endpoint. What its name stands for is looked up now, all of it
// has to be allowed, and the connection goes to just that.
func (g Guard) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if g.Proxy != nil {
		d := net.Dialer{}
		return d.DialContext(ctx, network, address)
	}
	found, err := g.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range found {
		if !g.allowed(a) {
			return nil, errInside
		}
	}
	d := net.Dialer{ControlContext: g.control}
	var errs []error
	for _, a := range found {
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// maxAddresses are tried of one name.
const maxAddresses = 4

func (g Guard) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	find := g.Lookup
	if find == nil {
		find = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	found, err := find(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up the name: %w", err)
	}
	if len(found) == 0 {
		return nil, errors.New("look up the name: it has no address")
	}
	for i, a := range found {
		found[i] = a.Unmap() // the resolver writes IPv4 so; an address in a URL may not
	}
	return found[:min(len(found), maxAddresses)], nil
}

// control looks at the address once more that the system connects to.
func (g Guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !g.allowed(at.Addr().Unmap()) {
		return errInside
	}
	return nil
}
