package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/handsel-dev/handsel/internal/usertoken"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// issuerSetting is who signs the tokens of one community's users, as
// HANDSEL_JWT_ISSUERS lists them.
type issuerSetting struct {
	Community int64    `json:"community"`
	Issuer    string   `json:"issuer"`
	Audience  string   `json:"audience"`
	Secrets   []string `json:"secrets"`
	JWKSURL   string   `json:"jwks_url"`
}

// issuers reads HANDSEL_JWT_ISSUERS. No error repeats the text, which holds secrets.
func (s exchangeSettings) issuers() ([]issuerSetting, error) {
	if s.JWTIssuers == "" {
		return nil, nil
	}
	var all []issuerSetting
	d := json.NewDecoder(bytes.NewReader([]byte(s.JWTIssuers)))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil || d.Decode(&struct{}{}) != io.EOF {
		return nil, errors.New(`HANDSEL_JWT_ISSUERS must be a JSON list of {"community","issuer","audience","secrets","jwks_url"}`)
	}
	return all, nil
}

// checkIssuers names what is wrong with the list.
func (s exchangeSettings) checkIssuers() []string {
	all, err := s.issuers()
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	if s.JWTMaxLife < time.Minute || s.JWTMaxLife > 366*24*time.Hour {
		problems = append(problems, "HANDSEL_JWT_MAX_LIFE must be between 1m and 8784h")
	}
	seen := map[int64]bool{}
	if s.single() && s.Community > 0 {
		seen[s.Community] = true
	}
	for i, one := range all {
		name := fmt.Sprintf("HANDSEL_JWT_ISSUERS: entry %d", i+1)
		switch {
		case one.Community < 1:
			problems = append(problems, name+" needs a community of 1 or more")
		case seen[one.Community]:
			problems = append(problems, fmt.Sprintf("%s: community %d has an issuer already", name, one.Community))
		case one.Issuer == "" || one.Audience == "":
			problems = append(problems, name+" needs an issuer and an audience")
		case len(one.Secrets) == 0 && one.JWKSURL == "":
			problems = append(problems, name+" needs secrets or a jwks_url")
		case one.JWKSURL != "" && !gateway.IsSafeURL(one.JWKSURL):
			problems = append(problems, name+": jwks_url must be an https URL without a password (http only for a loopback address)")
		}
		for _, secret := range one.Secrets {
			if len(secret) < minTokenSecret {
				problems = append(problems, fmt.Sprintf("%s: each secret must have %d bytes or more", name, minTokenSecret))
			}
		}
		seen[one.Community] = true
	}
	return problems
}

// tokens says whose tokens are accepted. The settings without a list speak for the
// exchange's community, or for the one of the first API key where none is named.
func (s exchangeSettings) tokens(first int64) ([]usertoken.Config, error) {
	all, err := s.issuers()
	if err != nil {
		return nil, err
	}
	if s.single() {
		community := s.Community
		if community == 0 {
			community = first
		}
		all = append([]issuerSetting{{community, s.JWTIssuer, s.JWTAudience, s.JWTSecrets, s.JWKSURL}}, all...)
	}
	configs := make([]usertoken.Config, len(all))
	for i, one := range all {
		configs[i] = usertoken.Config{
			Community: one.Community, Issuer: one.Issuer, Audience: one.Audience, JWKSURL: one.JWKSURL, Leeway: tokenLeeway, MaxLife: s.JWTMaxLife,
		}
		for _, secret := range one.Secrets {
			configs[i].Secrets = append(configs[i].Secrets, []byte(secret))
		}
	}
	return configs, nil
}
