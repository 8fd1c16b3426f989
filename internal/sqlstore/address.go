package sqlstore

import (
	"net/netip"
	"strings"

	"github.com/lib/pq"
)

// PlainHosts are the hosts of a PostgreSQL URL on other machines that may be talked
// to without TLS. It is nil for SQLite, and for a URL that Open refuses.
func PlainHosts(databaseURL string) []string {
	if !isPostgres(databaseURL) {
		return nil
	}
	config, err := pq.NewConfig(databaseURL)
	if err != nil {
		return nil
	}
	switch config.SSLMode {
	case pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer: // the last two give TLS up when asked to
	default:
		return nil
	}
	var plain []string
	for _, one := range append([]pq.ConfigMultihost{{Host: config.Host, Hostaddr: config.Hostaddr}}, config.Multi...) {
		host := one.Host
		if one.Hostaddr.IsValid() {
			host = one.Hostaddr.String()
		}
		if !isHere(host) {
			plain = append(plain, host)
		}
	}
	return plain
}

// isHere reports whether a host is this machine: a socket's folder, or loopback.
func isHere(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || err == nil && ip.IsLoopback()
}

// isPostgres reports whether a database URL names PostgreSQL.
func isPostgres(databaseURL string) bool {
	scheme, _, found := strings.Cut(databaseURL, "://")
	return found && (scheme == "postgres" || scheme == "postgresql")
}
