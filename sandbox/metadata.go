package sandbox

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The limits of metadata; lengths are in characters.
const (
	maxMetadata      = 100
	maxMetadataKey   = 40
	maxMetadataValue = 100
)

func viewMetadata(_ *call, t *f2f) (stage.Value, *Error) {
	if t.Hidden.Metadata == nil {
		return noBody{}, nil
	}
	return t.Hidden.Metadata, nil
}

// setMetadata adds pairs of texts, or replaces their values; no pair can be removed.
func setMetadata(c *call, t *f2f, in json.RawMessage) (stage.Value, *Error) {
	pairs, err := readMetadata(in)
	if err != nil {
		return nil, err
	}
	merged := map[string]string{}
	for _, from := range []map[string]string{t.Hidden.Metadata, pairs} {
		for k, v := range from {
			merged[k] = v
		}
	}
	if len(merged) > maxMetadata {
		return nil, refuse("too_many_metadata_fields")
	}
	t.Hidden.Metadata = merged
	c.world.record(c.by, t.ID)
	return merged, nil
}

func readMetadata(in json.RawMessage) (map[string]string, *Error) {
	if len(bytes.TrimSpace(in)) == 0 {
		return nil, refuse("empty_json")
	}
	var values stage.Members
	if json.Unmarshal(in, &values) != nil {
		return nil, refuse("json_type_not_allowed")
	}
	if len(values) == 0 {
		return nil, refuse("empty_json")
	}
	pairs := map[string]string{}
	for k, v := range values {
		text, ok := v.(string)
		if !ok {
			return nil, refuse("json_type_not_allowed")
		}
		pairs[k] = text
	}
	for k := range pairs {
		if utf8.RuneCountInString(k) > maxMetadataKey {
			return nil, refuse("field_name_too_long")
		}
	}
	for _, v := range pairs {
		if utf8.RuneCountInString(v) > maxMetadataValue {
			return nil, refuse("value_too_long")
		}
	}
	return pairs, nil
}
