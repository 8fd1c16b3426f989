package sqlstore

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"
)

const postgresPort = "5432" // of a host that names none

var (
	errPostgresURL = errors.New("the PostgreSQL URL is malformed; use postgres://user:password@host:port/database, with special characters of the password as %XX")
	errKeyValue    = errors.New("the PostgreSQL settings are malformed; use host=… port=… dbname=… user=… password=…, with single quotes around a value that has spaces")
)

// postgresAddress is a PostgreSQL URL, or libpq's key=value settings, as the driver
// takes it, with what we want where nothing else is said. No error holds a password.
func postgresAddress(databaseURL string) (string, error) {
	address := databaseURL
	if isKeyValue(databaseURL) {
		config, err := pq.NewConfig(databaseURL)
		if err != nil {
			return "", errKeyValue
		}
		if config.TargetSessionAttrs == "" {
			address += " target_session_attrs=read-write"
		}
		return address, nil // a time to connect is bounded anyway
	}
	u, err := url.Parse(hostsApart(databaseURL))
	if err != nil {
		return "", errPostgresURL
	}
	q := u.Query()
	if !q.Has("connect_timeout") {
		q.Set("connect_timeout", strconv.Itoa(int(connectTimeout/time.Second)))
	}
	if !q.Has("target_session_attrs") {
		q.Set("target_session_attrs", "read-write")
	}
	u.RawQuery = q.Encode()
	if _, err := pq.NewConfig(u.String()); err != nil {
		return "", errPostgresURL
	}
	return u.String(), nil
}

// hostsApart moves several hosts that have ports of their own to the parameters host
// and port: neither Go nor the driver reads h1:p1,h2:p2. Other URLs stay as they are.
func hostsApart(databaseURL string) string {
	scheme, rest, _ := strings.Cut(databaseURL, "://")
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	at := strings.LastIndex(authority, "@") + 1
	all := strings.Split(authority[at:], ",")
	hosts, ports := make([]string, len(all)), make([]string, len(all))
	apart := false
	for i, one := range all {
		host, port, err := net.SplitHostPort(one)
		if err != nil {
			host, port = strings.Trim(one, "[]"), postgresPort
		}
		apart = apart || err == nil && i < len(all)-1 || strings.HasPrefix(one, "[")
		hosts[i], ports[i] = host, port
	}
	if len(all) == 1 || !apart {
		return databaseURL
	}
	path, query, _ := strings.Cut(tail, "?")
	where := url.Values{"host": {strings.Join(hosts, ",")}, "port": {strings.Join(ports, ",")}}.Encode()
	return fmt.Sprintf("%s://%s%s?%s&%s", scheme, authority[:at], path, where, query)
}

// isKeyValue reports whether a text is libpq's other way to name a database: it
// begins with one of its keys.
func isKeyValue(text string) bool {
	key, _, found := strings.Cut(text, "=")
	return found && slices.Contains([]string{
		"host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service", "sslmode", "sslrootcert", "sslcert", "sslkey",
		"connect_timeout", "application_name", "target_session_attrs", "options",
	}, strings.TrimSpace(key))
}

// PlainHosts are the hosts of a PostgreSQL URL on other machines that may be talked
// to without TLS. It is nil for SQLite, and for a URL that Open refuses.
func PlainHosts(databaseURL string) []string {
	if !isPostgres(databaseURL) {
		return nil
	}
	address, err := postgresAddress(databaseURL)
	if err != nil {
		return nil
	}
	config, err := pq.NewConfig(address)
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
	return found && (scheme == "postgres" || scheme == "postgresql") || isKeyValue(databaseURL)
}
