package client

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
)

const (
	defaultMaxWebhook = 256 << 10
	webhookRealm      = `Basic realm="webhooks", charset="UTF-8"`
)

// WebhookFunc receives a verified event. Store it and return; the sender waits.
// After an error the sender is told to try again, which it may not do. It is
// called concurrently.
type WebhookFunc func(ctx context.Context, event *WebhookEvent) error

// WebhookCredential is a user name and password agreed with Trustap.
type WebhookCredential struct {
	Username string
	Password Secret
}

// WebhookConfig configures [NewWebhookHandler].
type WebhookConfig struct {
	// Credentials that are accepted: at least one, two while one is replaced.
	Credentials []WebhookCredential
	// Handle receives every event that has no entry in On. It is required, so
	// that events with a code unknown to this package are never dropped.
	Handle WebhookFunc
	// On receives the events of single codes.
	On map[EventCode]WebhookFunc
	// MaxBody in bytes; 0 means 256 KiB.
	MaxBody int64
	// Logger gets one line per refused or failed event; nil is silent.
	Logger *slog.Logger
}

// WebhookHandler is an http.Handler that verifies, parses and dispatches
// webhooks. It answers 204 when the event was taken, 401 for wrong credentials,
// 413 for a large body, 400 for another shape and 500 when a WebhookFunc failed.
type WebhookHandler struct {
	accepts func(username, password string) bool
	handle  WebhookFunc
	on      map[EventCode]WebhookFunc
	maxBody int64
	log     *slog.Logger
}

// NewWebhookHandler builds a handler. It fails with [ErrInvalidOption].
func NewWebhookHandler(cfg WebhookConfig) (*WebhookHandler, error) {
	if cfg.Handle == nil {
		return nil, fmt.Errorf("%w: webhook Handle is missing", ErrInvalidOption)
	}
	if len(cfg.Credentials) == 0 {
		return nil, fmt.Errorf("%w: webhook Credentials are missing", ErrInvalidOption)
	}
	for _, c := range cfg.Credentials {
		if c.Username == "" || c.Password == "" {
			return nil, fmt.Errorf("%w: webhook credential is empty", ErrInvalidOption)
		}
	}
	for code, fn := range cfg.On {
		if fn == nil {
			return nil, fmt.Errorf("%w: webhook function of %s is nil", ErrInvalidOption, code)
		}
	}
	if cfg.MaxBody < 0 {
		return nil, fmt.Errorf("%w: webhook MaxBody is negative", ErrInvalidOption)
	}
	h := &WebhookHandler{
		accepts: acceptAny(cfg.Credentials),
		handle:  cfg.Handle,
		on:      maps.Clone(cfg.On),
		maxBody: cfg.MaxBody,
		log:     cfg.Logger,
	}
	if h.maxBody == 0 {
		h.maxBody = defaultMaxWebhook
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h, nil
}

// acceptAny compares hashes, which have one length, and always all of them, so
// that the time taken tells nothing about any credential.
func acceptAny(credentials []WebhookCredential) func(username, password string) bool {
	type pair struct{ username, password [sha256.Size]byte }
	pairs := make([]pair, len(credentials))
	for i, c := range credentials {
		pairs[i] = pair{sha256.Sum256([]byte(c.Username)), sha256.Sum256([]byte(c.Password))}
	}
	return func(username, password string) bool {
		u, p := sha256.Sum256([]byte(username)), sha256.Sum256([]byte(password))
		ok := 0
		for _, want := range pairs {
			ok |= subtle.ConstantTimeCompare(u[:], want.username[:]) & subtle.ConstantTimeCompare(p[:], want.password[:])
		}
		return ok == 1
	}
}

// ServeHTTP implements http.Handler.
func (h *WebhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "webhooks are posted", http.StatusMethodNotAllowed)
		return
	}
	username, password, _ := r.BasicAuth()
	if !h.accepts(username, password) {
		h.log.WarnContext(r.Context(), "webhook refused", "cause", "wrong credentials")
		w.Header().Set("WWW-Authenticate", webhookRealm)
		http.Error(w, "wrong credentials", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxBody))
	if err != nil {
		h.refuse(w, r, statusOfRead(err), err)
		return
	}
	event, err := ParseWebhook(body)
	if err != nil {
		h.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	if err := h.dispatch(r.Context(), event); err != nil {
		h.log.ErrorContext(r.Context(), "webhook failed", "code", string(event.Code), "cause", err)
		http.Error(w, "webhook was not taken", http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *WebhookHandler) dispatch(ctx context.Context, event *WebhookEvent) error {
	if fn, found := h.on[event.Code]; found {
		return fn(ctx, event)
	}
	return h.handle(ctx, event)
}

func (h *WebhookHandler) refuse(w http.ResponseWriter, r *http.Request, status int, cause error) {
	h.log.WarnContext(r.Context(), "webhook refused", "cause", cause)
	http.Error(w, oneLine(cause.Error()), status)
}

func statusOfRead(err error) int {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}
