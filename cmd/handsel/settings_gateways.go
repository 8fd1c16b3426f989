package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// gatewaySettings are those of all gateways, one after the other.
type gatewaySettings struct {
	Flags   plugins `embed:""` // pointers to what is in all
	all     []named
	plugins []gateway.Plugin
}

type named struct {
	gateway.Settings
	name string
}

// settingsOf makes settings that nobody has set.
func settingsOf(plugins []gateway.Plugin) gatewaySettings {
	s := gatewaySettings{plugins: plugins}
	for _, p := range plugins {
		if p.Settings != nil {
			one := named{p.Settings(), p.Name}
			s.Flags, s.all = append(s.Flags, one.Settings), append(s.all, one)
		}
	}
	return s
}

// on are those of the gateways that are configured.
func (s gatewaySettings) on() []named {
	return slices.DeleteFunc(slices.Clone(s.all), func(n named) bool { return !n.On() })
}

// check names every setting that is missing or unsafe.
func (s gatewaySettings) check() []string {
	var problems []string
	for _, one := range s.on() {
		problems = append(problems, one.Check()...)
	}
	return problems
}

func (s gatewaySettings) warnings() []string {
	var all []string
	for _, one := range s.all {
		if one.On() {
			all = append(all, one.Warnings()...)
		} else {
			all = append(all, one.idle()...)
		}
	}
	return all
}

// idle names what is set of a gateway that is off: whoever did so meant it to be on.
func (n named) idle() []string {
	var all []string
	values := reflect.ValueOf(n.Settings).Elem()
	for i := range values.NumField() {
		tag := values.Type().Field(i).Tag
		setting := tag.Get("env")
		if !strings.HasPrefix(setting, "HANDSEL_"+strings.ToUpper(n.name)+"_") || values.Field(i).IsZero() || fmt.Sprint(values.Field(i)) == tag.Get("default") {
			continue
		}
		all = append(all, fmt.Sprintf("%s is set and does nothing: the gateway %s is off; set the keys of its account too (docs/gateways.md), or remove it", setting, n.name))
	}
	return all
}

func (s gatewaySettings) passwords() []gateway.Password {
	var all []gateway.Password
	for _, one := range s.on() {
		all = append(all, one.Passwords()...)
	}
	return all
}

// modes are what the gateways are for, the last one first.
func (s gatewaySettings) modes() []gateway.Mode {
	var modes []gateway.Mode
	for _, one := range slices.Backward(s.on()) {
		modes = append(modes, one.Mode())
	}
	return modes
}

func (s gatewaySettings) connections() map[string]app.Connection {
	all := map[string]app.Connection{}
	for _, one := range s.on() {
		all[one.name] = app.Connection{Settings: one.Settings}
	}
	return all
}
