package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"
)

const emptyObject = "{}"

// encodeTimes writes named instants as a JSON object.
func encodeTimes[K ~string](times map[K]time.Time) (string, error) {
	if len(times) == 0 {
		return emptyObject, nil
	}
	stamps := make(map[string]stamp, len(times))
	for name, at := range times {
		stamps[string(name)] = stamp{at}
	}
	return encode(stamps)
}

// decodeTimes is the inverse of encodeTimes; an empty object is a nil map.
func decodeTimes[K ~string](text string) (map[K]time.Time, error) {
	if text == emptyObject {
		return nil, nil
	}
	stamps := map[K]stamp{}
	if err := json.Unmarshal([]byte(text), &stamps); err != nil {
		return nil, fmt.Errorf("stored times: %w", err)
	}
	times := make(map[K]time.Time, len(stamps))
	for name, s := range stamps {
		times[name] = s.at
	}
	return times, nil
}

// encodeValues writes a map of texts as a JSON object.
func encodeValues(values map[string]string) (string, error) {
	if len(values) == 0 {
		return emptyObject, nil
	}
	for name, value := range values {
		if !storable(name) || !storable(value) {
			return "", errText
		}
	}
	return encode(values)
}

// decodeValues is the inverse of encodeValues; an empty object is a nil map.
func decodeValues(text string) (map[string]string, error) {
	if text == emptyObject {
		return nil, nil
	}
	values := map[string]string{}
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return nil, fmt.Errorf("stored values: %w", err)
	}
	return values, nil
}

func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	return string(b), nil
}
