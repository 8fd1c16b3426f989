package stripe

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// endpoint is an address that is sent events, made by a call of the API.
type endpoint struct {
	ID, URL, Secret      string
	Description, Version string
	Events               []string
	Connect, Disabled    bool // Connect: it gets the events of connected accounts, and no others
	Created              time.Time
	Metadata             map[string]string
}

func (w *endpoint) Name() string     { return w.ID }
func (w *endpoint) since() time.Time { return w.Created }

func (w *endpoint) view() object {
	status := "enabled"
	if w.Disabled {
		status = "disabled"
	}
	return object{
		"id": w.ID, "object": "webhook_endpoint", "api_version": orNull(w.Version), "application": nil, "created": w.Created.Unix(),
		"description": orNull(w.Description), "enabled_events": w.Events, "livemode": false, "metadata": metadataView(w.Metadata), "status": status, "url": w.URL,
	}
}

// hears reports whether an event goes to an endpoint.
func (w *endpoint) hears(v *event) bool {
	return !w.Disabled && w.Connect == (v.Account != "") && slices.ContainsFunc(w.Events, func(asked string) bool { return matches(v.Kind, asked) })
}

// listen tells the stage where an endpoint is.
func (s *state) listen(w *endpoint) {
	s.SetEndpoint(w.ID, stage.Endpoint{URL: w.URL, Secret: w.Secret})
}

// read takes over what a call says of an endpoint.
func (c *call) readEndpoint(w *endpoint) *Error {
	if c.form.has("url") || w.URL == "" {
		if w.URL = c.form.text("url"); !stage.IsWeb(w.URL) {
			return malformed("url_invalid", "url", "Invalid URL: An explicit scheme (such as https) must be provided.")
		}
	}
	if events := c.form.list("enabled_events"); len(events) > 0 {
		w.Events = events
	}
	if len(w.Events) == 0 {
		return missing("enabled_events")
	}
	if c.form.has("description") {
		w.Description = c.form.text("description")
	}
	var err *Error
	w.Metadata, err = c.form.metadata(w.Metadata)
	return err
}

func createEndpoint(c *call) (object, *Error) {
	connect, err := c.form.flag("connect")
	if err != nil {
		return nil, err
	}
	w := &endpoint{Connect: connect, Version: c.form.text("api_version"), Created: c.by.at}
	if err := c.readEndpoint(w); err != nil {
		return nil, err
	}
	w.ID, w.Secret = "we_"+c.Random(), "whsec_"+c.Random()
	c.Hooks.Add(w)
	c.listen(w)
	o := w.view()
	o["secret"] = w.Secret // it is shown this once
	return o, nil
}

func updateEndpoint(c *call) (object, *Error) {
	w, err := inPath(c, &c.Hooks, "webhook endpoint")
	if err != nil {
		return nil, err
	}
	fresh := *w
	if c.form.has("disabled") {
		if fresh.Disabled, err = c.form.flag("disabled"); err != nil {
			return nil, err
		}
	}
	if err := c.readEndpoint(&fresh); err != nil {
		return nil, err
	}
	*w = fresh
	c.listen(w)
	return w.view(), nil
}

func deleteEndpoint(c *call) (object, *Error) {
	w, err := inPath(c, &c.Hooks, "webhook endpoint")
	if err != nil {
		return nil, err
	}
	c.Hooks.Remove(w.ID)
	c.SetEndpoint(w.ID, stage.Endpoint{})
	return object{"id": w.ID, "object": "webhook_endpoint", "deleted": true}, nil
}

func listEndpoints(c *call) (object, *Error) {
	return list(c, &c.Hooks, func(*endpoint) bool { return true })
}
