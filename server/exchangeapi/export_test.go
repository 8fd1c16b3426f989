package exchangeapi

import "github.com/handsel-dev/handsel/server/web"

func ReadAd(body []byte) error {
	var in adIn
	if err := web.Decode(body, web.BesidesDetails, &in); err != nil {
		return err
	}
	_, err := in.terms("RUB", web.MaxAmount)
	return err
}

func ReadOrder(body []byte) error {
	var in orderIn
	if err := web.Decode(body, web.BesidesDetails, &in); err != nil {
		return err
	}
	_, err := in.take()
	return err
}

func ReadVerdict(body []byte) error {
	var in verdictIn
	if err := web.Decode(body, web.BesidesDetails, &in); err != nil {
		return err
	}
	_, err := in.verdict()
	return err
}
