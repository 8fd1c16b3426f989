package main

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
)

// field is a flag or an argument. It is a pflag.Value.
type field struct {
	value             reflect.Value
	name, short, env  string
	placeholder, help string
	usual             string // the default, where hasUsual
	hasUsual          bool
	enum              []string        // nil: any value
	names             func() []string // a shell is offered these; nil: none, or enum
	files             bool            // a shell is offered files
	arg               bool
	required, hidden  bool
	from              source
}

var errMissing = errors.New("it is required")

func (b *binder) field(f reflect.StructField, value reflect.Value) *field {
	tag := f.Tag
	n := &field{
		value: value, from: fromNowhere, name: nameOf(f), short: tag.Get("short"), env: tag.Get("env"), placeholder: tag.Get("placeholder"), help: tag.Get("help"),
		arg: has(tag, "arg"), hidden: has(tag, "hidden"), required: has(tag, "required") || has(tag, "arg") && !has(tag, "optional"),
	}
	n.files, n.names = tag.Get("names") == "files", b.names[tag.Get("names")]
	n.usual, n.hasUsual = tag.Lookup("default")
	if values, ok := tag.Lookup("enum"); ok {
		n.enum = strings.Split(values, ",")
	}
	return n
}

// Set takes a value from the command line; lists grow with every one.
func (f *field) Set(text string) error {
	f.from = fromFlag
	return f.set(text)
}

func (f *field) set(text string) error {
	if f.enum != nil && !slices.Contains(f.enum, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(f.values(), ", "))
	}
	return decode(f.value, text)
}

// values are those that there are, where there is a list of them.
func (f *field) values() []string {
	return slices.DeleteFunc(slices.Clone(f.enum), func(s string) bool { return s == "" })
}

// complete offers a shell what may be meant.
func (f *field) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	switch {
	case f.files:
		return nil, cobra.ShellCompDirectiveDefault
	case f.names != nil:
		return f.names(), cobra.ShellCompDirectiveNoFileComp
	}
	return f.values(), cobra.ShellCompDirectiveNoFileComp
}

// String is the default.
func (f *field) String() string { return f.usual }

// Type is what stands for the value.
func (f *field) Type() string {
	switch {
	case f.placeholder != "":
		return f.placeholder
	case f.usual != "":
		return f.usual
	case f.value.Kind() == reflect.String:
		return "TEXT"
	}
	return "N"
}

// many tells whether the field takes several values.
func (f *field) many() bool { return f.value.Kind() == reflect.Slice }

// usage is how the field is given.
func (f *field) usage() string {
	switch {
	case f.arg:
		return f.usageAsArg()
	case f.value.Kind() == reflect.Bool:
		return "--" + f.name
	}
	return "--" + f.name + "=" + f.Type()
}

func (f *field) usageAsArg() string {
	text := "<" + f.name + ">"
	if !f.required {
		text = "[" + text + "]"
	}
	if f.many() {
		text += "..."
	}
	return text
}

// finish sets a field that is not given.
func (f *field) finish(lookup func(string) (string, bool)) error {
	if f.from == fromFlag {
		return nil
	}
	if text, ok := lookup(f.env); ok && f.env != "" {
		if err := f.set(text); err != nil {
			return fmt.Errorf("%s: %w", f.env, err)
		}
		f.from = fromEnvironment
		return nil
	}
	if f.hasUsual {
		f.from = fromDefault
		return f.set(f.usual)
	}
	if f.required {
		return errMissing
	}
	return nil
}

func has(tag reflect.StructTag, key string) bool {
	_, ok := tag.Lookup(key)
	return ok
}

func nameOf(f reflect.StructField) string {
	if name := f.Tag.Get("name"); name != "" {
		return name
	}
	return dashed(f.Name)
}

// dashed is the name of a field as that of a flag: WebhookURL is webhook-url.
func dashed(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		begins := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if begins {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// decode reads a value of a field's type. Errors do not say of which field.
func decode(into reflect.Value, text string) error {
	if u, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		return decode(into.Elem(), text)
	case reflect.Slice:
		return decodeList(into, text)
	case reflect.Map:
		return decodeMap(into, text)
	case reflect.String:
		into.SetString(text)
		return nil
	case reflect.Bool:
		return decodeBool(into, text)
	}
	return decodeNumber(into, text)
}

func decodeNumber(into reflect.Value, text string) error {
	if into.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration, such as 20s or 1h30m", text)
		}
		into.SetInt(int64(d))
		return nil
	}
	var err error
	if into.CanUint() {
		var n uint64
		n, err = strconv.ParseUint(text, 0, into.Type().Bits())
		into.SetUint(n)
	} else {
		var n int64
		n, err = strconv.ParseInt(text, 0, into.Type().Bits())
		into.SetInt(n)
	}
	if err != nil {
		return fmt.Errorf("%q is not a whole number that fits", text)
	}
	return nil
}

func decodeBool(into reflect.Value, text string) error {
	switch strings.ToLower(text) {
	case "true", "1", "yes":
		into.SetBool(true)
	case "false", "0", "no":
		into.SetBool(false)
	default:
		return fmt.Errorf("%q is neither true nor false", text)
	}
	return nil
}

// decodeList adds to a list; commas separate its members.
func decodeList(into reflect.Value, text string) error {
	for _, part := range split(text, ',') {
		one := reflect.New(into.Type().Elem()).Elem()
		if err := decode(one, part); err != nil {
			return err
		}
		into.Set(reflect.Append(into, one))
	}
	return nil
}

// decodeMap adds to a map from texts; its entries are name=value, separated by semicolons.
func decodeMap(into reflect.Value, text string) error {
	if into.IsNil() {
		into.Set(reflect.MakeMap(into.Type()))
	}
	for _, part := range split(text, ';') {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("%q is not name=value", part)
		}
		one := reflect.New(into.Type().Elem()).Elem()
		if err := decode(one, value); err != nil {
			return err
		}
		into.SetMapIndex(reflect.ValueOf(key), one)
	}
	return nil
}

// split cuts a text at a separator, but not where a backslash stands before it. What is
// empty at the end is no part.
func split(text string, separator byte) []string {
	var parts []string
	var part []byte
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == separator:
			i++
			part = append(part, separator)
		case text[i] == separator:
			parts, part = append(parts, string(part)), nil
		default:
			part = append(part, text[i])
		}
	}
	if len(part) > 0 {
		parts = append(parts, string(part))
	}
	return parts
}
