package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"
)

type eventsResend struct {
	serverSetting `embed:""`
	forwarding    `embed:""`
	Event         string `arg:"" help:"Id of the event: evt_…"`
	ForwardTo     string `placeholder:"URL" help:"Send it to this address from here, signed as handsel listen signs."`
	Endpoint      string `placeholder:"ID" help:"Let the server send it to this webhook endpoint: whe_…"`
}

// Run sends an event again.
func (c eventsResend) Run(env environment) error {
	if err := c.serverSetting.check(); err != nil {
		return err
	}
	if (c.ForwardTo == "") == (c.Endpoint == "") {
		return errors.New("say where to, with --forward-to URL or --endpoint ID")
	}
	if c.Endpoint != "" {
		return c.byServer(env)
	}
	f, err := c.forwarder(c.ForwardTo)
	if err != nil {
		return err
	}
	defer f.sender.Close()
	var e json.RawMessage
	if err := (request{method: "GET", url: c.at("/v1/events/" + url.PathEscape(c.Event)), token: c.Key}).send(env, "", &e); err != nil {
		return err
	}
	return f.forward(env, e)
}

// byServer orders a delivery; the worker makes it.
func (c eventsResend) byServer(env environment) error {
	path := "/v1/webhook-endpoints/" + url.PathEscape(c.Endpoint) + "/deliveries/" + url.PathEscape(c.Event) + "/resend"
	if err := (request{method: "POST", url: c.at(path), token: c.Key, body: "{}"}).send(env, rand.Text(), nil); err != nil {
		return err
	}
	env.say("%s is sent to %s again; GET /v1/webhook-endpoints/%[2]s/deliveries tells what becomes of it", c.Event, c.Endpoint)
	return nil
}
