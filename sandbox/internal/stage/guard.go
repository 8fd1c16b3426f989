package stage

import (
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// unsafeControl says why a control call is not taken, empty when it is. Whoever runs
// an emulator has a browser too, and no page in it may steer the emulator: a body
// with a type must be JSON, which a form of another site cannot send; an Origin must be
// ours; and the Host must be no name that somebody else's DNS can point at us.
func unsafeControl(r *http.Request, body []byte, publicURL string) (code string) {
	declared := r.Header.Get("Content-Type")
	kind, _, err := mime.ParseMediaType(declared)
	if len(body) > 0 && declared != "" && (err != nil || kind != "application/json") {
		return "unsupported_media_type"
	}
	own := func(host string) bool {
		return host != "" && (strings.EqualFold(host, r.Host) || host == hostOf(publicURL))
	}
	if origin := r.Header.Get("Origin"); origin != "" && !own(hostOf(origin)) {
		return "foreign_origin"
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return "foreign_origin"
	}
	name := r.Host
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		name = host
	}
	// A name without a dot is one of this machine or network.
	if name = strings.Trim(name, "[]"); net.ParseIP(name) == nil && strings.Contains(name, ".") && r.Host != hostOf(publicURL) {
		return "foreign_host"
	}
	return ""
}

// hostOf is the host, with its port, of a URL.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}

// IsWeb reports whether raw is an absolute http or https URL.
func IsWeb(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
