package jsonl

// evals are the rules of data for evaluations. What item holds is up to the schema of the evaluation.
type evals struct{}

func (evals) line(f *findings, v value) {
	item := v.member("item")
	if item.kind() != object {
		f.warn("item is %s, not an object", item)
	}
	if sample := v.member("sample"); sample != nil && sample.kind() != object {
		f.warn("sample is %s, not an object", sample)
	}
}

func (evals) end(f *findings, examples int, _ int64) {
	if examples == 0 {
		f.warnFile("the file holds no items")
	}
}
