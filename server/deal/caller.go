package deal

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/web"
)

// KeyActor begins the id of a key that acts with a privilege and names no person.
const KeyActor = orchestrator.ByItself

// Caller is who makes a request.
type Caller struct {
	Key            apikey.Key // names the community
	Actor          process.Actor
	idempotencyKey string // empty if none was sent
	DryRun         bool   // only asks what the request would do
}

// Community is the one whose key was sent.
func (who Caller) Community() int64 { return who.Key.CommunityID }

// Public is a caller with a publishable key: anybody, who sees what is for everybody.
func (who Caller) Public() bool { return who.Key.May(apikey.Publish) }

// known tells the log who calls.
func (who Caller) known(c *gin.Context) {
	web.Identify(c, who.Community(), who.Key.ID, who.Actor.String())
}

// authenticate finds out who calls. Keys are read from the store with every
// request, so that a revoked key ends at once.
func (k *Kit) authenticate(c *gin.Context) (Caller, error) {
	text, err := presentedKey(c.Request)
	if err != nil {
		return Caller{}, err
	}
	if err := k.MayGuess(c, text); err != nil {
		return Caller{}, err
	}
	key, err := k.findKey(c, text)
	if err != nil {
		if fault.CodeOf(err) == fault.Unauthenticated {
			if limited := k.Guessed(c); limited != nil {
				return Caller{}, limited
			}
		}
		return Caller{}, err
	}
	k.Remember(text)
	k.used.note(key.ID, k.Now())
	who := Caller{Key: key}
	who.Actor, err = actorOf(c.Request.Header, key)
	return who, err
}

// Still reports whether a caller may go on: a request that lasts asks again and again.
func (k *Kit) Still(ctx context.Context, who Caller) error {
	key, found, err := k.Keys.FindKey(ctx, who.Key.ID)
	if err == nil && !found {
		err = fault.New(fault.Unauthenticated, "expired_api_key", "this API key is gone; make a new one")
	}
	if err != nil {
		return err
	}
	return key.Open(k.Now())
}

func (k *Kit) findKey(c *gin.Context, text string) (apikey.Key, error) {
	id, err := apikey.ID(text)
	if err != nil {
		return apikey.Key{}, err
	}
	key, found, err := k.Keys.FindKey(c.Request.Context(), id)
	if err != nil {
		return apikey.Key{}, err
	}
	if !found {
		// Verify against nothing, so that an unknown id takes as long as a wrong secret.
		key = apikey.Key{}
	}
	if err := key.Verify(text, k.Now()); err != nil {
		return key, err
	}
	return key, k.allowed(key)
}

// allowed refuses good keys that are for somewhere else.
func (k *Kit) allowed(key apikey.Key) error {
	switch {
	case k.Mode != "" && key.Mode != k.Mode:
		return fault.New(fault.Unauthenticated, "key_mode", "this is a %s key, and this server's gateways are %s ones; use a %s key here", key.Mode, k.Mode, k.Mode)
	case k.NoDevKeys && key.Origin == apikey.Dev:
		return fault.New(fault.Unauthenticated, "dev_key", "this key was made by handsel dev and does not open a real server; make one with handsel keys add")
	}
	return nil
}

// presentedKey takes the API key out of a request.
func presentedKey(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) > 1 {
		return "", fault.New(fault.Unauthenticated, "unauthenticated", "send one Authorization header")
	}
	if user, _, ok := r.BasicAuth(); ok {
		return user, nil
	}
	scheme, text, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", fault.New(fault.Unauthenticated, "unauthenticated", "send an API key: Authorization: Bearer hsk_…")
	}
	return strings.TrimSpace(text), nil
}

// actorOf reads for whom the key acts.
func actorOf(h http.Header, key apikey.Key) (process.Actor, error) {
	users, staff := h.Values("Handsel-Actor"), h.Values("Handsel-Operator")
	switch {
	case key.May(apikey.Publish):
		if len(users)+len(staff) > 0 {
			return process.Actor{}, fault.New(fault.Forbidden, "missing_scope", "a publishable key acts for nobody").With("scope", string(apikey.Write))
		}
		return process.Actor{}, nil
	case len(users)+len(staff) == 0:
		return process.Actor{Kind: process.Backend}, nil
	case len(users)+len(staff) > 1:
		return process.Actor{}, fault.New(fault.Invalid, "ambiguous_actor", "name one actor: Handsel-Actor for a user or Handsel-Operator for staff")
	case len(users) == 1:
		return named(process.User, "Handsel-Actor", users[0])
	case !key.May(apikey.Operate):
		return process.Actor{}, fault.New(fault.Forbidden, "missing_scope", "to act as staff an API key needs the scope operator").With("scope", string(apikey.Operate))
	}
	if strings.HasPrefix(staff[0], KeyActor) {
		return process.Actor{}, fault.New(fault.Invalid, "invalid_actor", "Handsel-Operator names a person; leave it out when the key itself acts")
	}
	return named(process.Staff, "Handsel-Operator", staff[0])
}

func named(kind process.ActorKind, header, id string) (process.Actor, error) {
	if err := web.UserID(header, &id); err != nil {
		return process.Actor{}, fault.New(fault.Invalid, "invalid_actor", "%s must hold an id of 1 to %d visible ASCII characters", header, web.MaxUserID)
	}
	return process.Actor{Kind: kind, ID: id}, nil
}
