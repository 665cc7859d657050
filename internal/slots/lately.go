package slots

// Lately remembers the latest values by well-mixed keys. It keeps two generations:
// when the young one is full the old one is forgotten, so that memory is bounded and
// what was put or put again lately stays.
type Lately[V any] struct {
	young, old Index[V]
	size       int
}

// NewLately makes one whose generations hold size values each.
func NewLately[V any](size int) *Lately[V] { return &Lately[V]{size: size} }

// Put notes v under key.
func (l *Lately[V]) Put(key uint64, v V) {
	if l.young.Len() >= l.size {
		l.old, l.young = l.young, l.old
		l.young.Clear()
	}
	at, _ := l.young.Put(key)
	*at = v
}

// Get gives the value that was put last under key; ok is false for none.
func (l *Lately[V]) Get(key uint64) (v V, ok bool) {
	if v, ok = l.young.Get(key); ok {
		return v, true
	}
	return l.old.Get(key)
}

// Touch reads where Get will look, as [Index.Touch] does.
func (l *Lately[V]) Touch(key uint64) uint64 { return l.young.Touch(key) + l.old.Touch(key) }
