package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// realmPath is where Trustap's login server has its realms.
const realmPath = "/auth/realms/{realm}"

// routeIssuer serves a small OpenID Connect provider at the paths of Trustap's login server. Nobody has a password: the
// page offers the full users of the main world, and the parameter login_hint, a user's id or e-mail address, picks one
// without the page. Who logs in agrees with the scopes that are asked for, or cancels.
func routeIssuer(t *stage.Router[*Sandbox]) {
	t.Handle("GET "+realmPath+"/.well-known/openid-configuration", (*Sandbox).discover)
	t.Handle("GET "+realmPath+"/protocol/openid-connect/certs", func(s *Sandbox, w http.ResponseWriter, _ *http.Request) {
		jsonReply(http.StatusOK, s.issuer.certs()).Write(w)
	})
	t.Handle("GET "+realmPath+"/protocol/openid-connect/auth", (*Sandbox).logIn)
	t.Handle("POST "+realmPath+"/protocol/openid-connect/token", func(s *Sandbox, w http.ResponseWriter, r *http.Request) {
		s.postToken(w, r).Write(w)
	})
}

// issuerURL is the issuer of the realm in the path, on [Config.PublicURL].
func (s *Sandbox) issuerURL(r *http.Request) string {
	return s.cfg.PublicURL + "/auth/realms/" + url.PathEscape(r.PathValue("realm"))
}

func (s *Sandbox) discover(w http.ResponseWriter, r *http.Request) {
	issuer := s.issuerURL(r)
	base := issuer + "/protocol/openid-connect/"
	jsonReply(http.StatusOK, stage.Members{
		"issuer": issuer, "authorization_endpoint": base + "auth", "token_endpoint": base + "token", "jwks_uri": base + "certs",
		"response_types_supported": []string{"code"}, "grant_types_supported": []string{"authorization_code", "refresh_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":      []string{"S256"},
	}).Write(w)
}

func (s *Sandbox) logIn(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	known := err == nil && back.Host != "" && (back.Scheme == "http" || back.Scheme == "https")
	if !known || q.Get("response_type") != "code" || q.Get("client_id") != s.cfg.ClientID ||
		!slices.Contains(strings.Fields(q.Get("scope")), "openid") || q.Has("code_challenge") && q.Get("code_challenge_method") != "S256" {
		oauthError(http.StatusBadRequest, "invalid_request").Write(w)
		return
	}
	query := back.Query()
	if q.Has("state") {
		query.Set("state", q.Get("state"))
	}
	switch id := s.agrees(q.Get("login_hint"), q.Get("scope")); {
	case q.Get("login_hint") == refusing:
		query.Set("error", "access_denied")
	case id == "":
		stage.Page(stage.ChoicePage("Trustap", "Log in", s.choices(r))).Write(w)
		return
	default:
		query.Set("code", s.issuer.keep(login{
			user: id, scope: q.Get("scope"), redirectURI: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"),
		}))
	}
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// refusing is the login_hint of who cancels.
const refusing = "-"

// agrees finds a full user of the main world by id or e-mail address; "" means nobody. With an offline scope they let the
// client act for them from now on.
func (s *Sandbox) agrees(hint, scope string) (id string) {
	s.locked(func(w *state) {
		for _, u := range w.users {
			if !u.Guest && hint != "" && (u.ID == hint || u.Email == hint) {
				id = u.ID
				u.Consent = u.Consent || strings.Contains(scope, ":offline_")
			}
		}
	})
	return id
}

// choices are what the page offers.
func (s *Sandbox) choices(r *http.Request) (all []stage.Pair) {
	pick := func(hint string) string {
		q := r.URL.Query()
		q.Set("login_hint", hint)
		return "?" + q.Encode()
	}
	s.locked(func(w *state) {
		for _, id := range slices.Sorted(maps.Keys(w.users)) {
			if u := w.users[id]; !u.Guest {
				all = append(all, stage.Pair{Value: pick(id), Text: strings.TrimSpace(u.Email + " " + id)})
			}
		}
	})
	return append(all, stage.Pair{Value: pick(refusing), Text: "Cancel"})
}

// postToken trades a code or a refresh token. The client secret is an API key and picks its world; without one it is the
// main world.
func (s *Sandbox) postToken(w http.ResponseWriter, r *http.Request) reply {
	body, refused := stage.Body(w, r)
	if refused != nil {
		return refusalReply(refused)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return oauthError(http.StatusBadRequest, "invalid_request")
	}
	client, secret, ok := r.BasicAuth()
	if !ok {
		client, secret = form.Get("client_id"), form.Get("client_secret")
	}
	of := s.World
	if secret != "" {
		if of, err = s.ForKey(secret); err != nil {
			return oauthError(http.StatusUnauthorized, "invalid_client")
		}
	}
	if client != s.cfg.ClientID {
		return oauthError(http.StatusUnauthorized, "invalid_client")
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		l, ok := s.issuer.take(form.Get("code"), false)
		if !ok || l.redirectURI != form.Get("redirect_uri") || !l.proves(form.Get("code_verifier")) {
			return oauthError(http.StatusBadRequest, "invalid_grant")
		}
		l.world = of.Number()
		return s.grant(r, l)
	case "refresh_token":
		l, ok := s.issuer.take(form.Get("refresh_token"), true)
		if !ok || l.world != of.Number() {
			return oauthError(http.StatusBadRequest, "invalid_grant")
		}
		return s.grant(r, l)
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type")
}

func (s *Sandbox) grant(r *http.Request, l login) reply {
	now := s.cfg.Now()
	token, err := s.issuer.sign(claims{
		Issuer: s.issuerURL(r), Subject: l.user, Audience: s.cfg.ClientID, Party: s.cfg.ClientID, Scope: l.scope, Nonce: l.nonce, World: l.world,
		IssuedAt: now.Unix(), Expires: now.Add(tokenLife).Unix(),
	})
	if err != nil {
		return refusalReply(refuse("internal_error"))
	}
	l.refresh = true
	return jsonReply(http.StatusOK, stage.Members{
		"access_token": token, "id_token": token, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()),
		"refresh_token": s.issuer.keep(l), "scope": l.scope,
	})
}

// oauthError is a refusal in the words of the standard, not of Trustap.
func oauthError(status int, code string) reply {
	return jsonReply(status, map[string]string{"error": code})
}
