package main

import "github.com/handsel-dev/handsel/internal/secretbox"

// sealSettings are the keys of what is sealed in the database.
type sealSettings struct {
	DetailsKeys string `env:"HANDSEL_DETAILS_KEYS" placeholder:"ID:KEY" help:"Keys that encrypt payment details, stored answers and messages of gateways: id:32 bytes in base64, separated by commas, the one to encrypt with first."`
}

func (s sealSettings) checkDetailKeys() []string {
	if _, err := s.detailKeys(); err != nil {
		return []string{"HANDSEL_DETAILS_KEYS must be id:key separated by commas, each id once, each key 32 bytes in base64"}
	}
	return nil
}

// detailKeys are the keys of what is sealed in the database, which must make a box.
// None are given: none.
func (s sealSettings) detailKeys() ([]secretbox.Key, error) {
	if s.DetailsKeys == "" {
		return nil, nil
	}
	keys, err := secretbox.ParseKeys(s.DetailsKeys)
	if err != nil {
		return nil, err
	}
	_, err = secretbox.New(keys...)
	return keys, err
}
