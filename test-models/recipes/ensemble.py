"""The plain walk: ai.onnx.ml TreeEnsembleClassifier / TreeEnsembleRegressor in numpy, as onnxruntime computes them.

It names the leaf each row reaches, gives the statistics of a forest, checks onnxruntime, and is the oracle of the few
files where onnxruntime is wrong. It is written to be read: one rule, one line.
"""
import numpy as np
from scipy.stats import norm
from onnx import numpy_helper

SPLITS = {
    "BRANCH_LEQ": np.less_equal,
    "BRANCH_LT": np.less,
    "BRANCH_GTE": np.greater_equal,
    "BRANCH_GT": np.greater,
    "BRANCH_EQ": np.equal,
    "BRANCH_NEQ": np.not_equal,
}


def attributes(node):
    """The attributes of an ONNX node as plain Python and numpy values."""
    out = {}
    for a in node.attribute:
        if a.type == 1:
            out[a.name] = a.f
        elif a.type == 2:
            out[a.name] = a.i
        elif a.type == 3:
            out[a.name] = a.s.decode()
        elif a.type == 4:
            out[a.name] = numpy_helper.to_array(a.t)
        elif a.type == 6:
            out[a.name] = np.array(a.floats, np.float32)
        elif a.type == 7:
            out[a.name] = np.array(a.ints, np.int64)
        elif a.type == 8:
            out[a.name] = [s.decode() for s in a.strings]
    return out


class Ensemble:
    """One tree-ensemble node of a file, with global node indices and dense leaf values."""

    def __init__(self, node):
        a = attributes(node)
        self.node, self.input, self.outputs = node, node.input[0], list(node.output)
        self.classifier = node.op_type == "TreeEnsembleClassifier"
        kind = "class" if self.classifier else "target"
        get = lambda name: a.get(name + "_as_tensor", a.get(name))
        self.double = "nodes_values_as_tensor" in a and a["nodes_values_as_tensor"].dtype == np.float64
        self.dtype = np.float64 if self.double else np.float32
        self.tree, self.id = a["nodes_treeids"], a["nodes_nodeids"]
        self.feature, self.threshold = a["nodes_featureids"], np.asarray(get("nodes_values"), self.dtype)
        self.mode = np.array(a["nodes_modes"])
        self.leaf = self.mode == "LEAF"
        missing = a.get("nodes_missing_value_tracks_true", np.zeros(0, np.int64))
        self.missing = (missing if len(missing) else np.zeros(len(self.id), np.int64)) == 1
        self.post = a.get("post_transform", "NONE")
        self.aggregate = a.get("aggregate_function", "SUM")
        self.labels = None
        if self.classifier:
            ints, strings = a.get("classlabels_int64s"), a.get("classlabels_strings")
            self.labels = np.array(strings) if strings else ints
        self.outputs_n = len(self.labels) if self.classifier else a.get("n_targets", 1)
        base = get("base_values")
        self.base = np.zeros(0, self.dtype) if base is None else np.asarray(base, self.dtype)

        at = {key: i for i, key in enumerate(zip(self.tree.tolist(), self.id.tolist()))}
        self.trees = list(dict.fromkeys(self.tree.tolist()))  # order of first appearance
        inner = ~self.leaf
        self.left, self.right = np.arange(len(self.id)), np.arange(len(self.id))
        for side, name in ((self.left, "nodes_truenodeids"), (self.right, "nodes_falsenodeids")):
            side[inner] = [at[key] for key in zip(self.tree[inner].tolist(), a[name][inner].tolist())]
        pointed = np.zeros(len(self.id), bool)
        pointed[self.left[inner]] = pointed[self.right[inner]] = True
        roots = {int(self.tree[i]): i for i in np.flatnonzero(~pointed)[::-1]}
        self.roots = [roots[t] for t in self.trees]

        ids = a[kind + "_ids"]
        weights = np.asarray(get(kind + "_weights"), self.dtype)
        where = [at[key] for key in zip(a[kind + "_treeids"].tolist(), a[kind + "_nodeids"].tolist())]
        self.values = np.zeros((len(self.id), self.outputs_n), self.dtype)
        self.votes = np.zeros((len(self.id), self.outputs_n), bool)
        np.add.at(self.values, (where, ids), weights)
        self.votes[where, ids] = True
        self.vote_ids, self.all_positive = sorted(set(ids.tolist())), bool((weights >= 0).all())

    def leaves(self, x):
        """Index of the leaf (into the file's node list) each row of x reaches in each tree: [N, T].

        float64 input is compared in float64, even with float32 thresholds; integers are rounded to float32.
        """
        x = np.asarray(x)
        x = x if x.dtype == np.float64 else x.astype(self.dtype)
        rows, out = np.arange(len(x)), np.empty((len(x), len(self.trees)), np.int64)
        for t, root in enumerate(self.roots):
            here = np.full(len(x), root)
            while not self.leaf[here].all():
                v = x[rows, np.where(self.leaf[here], 0, self.feature[here])]
                go = np.zeros(len(x), bool)
                for mode in set(self.mode[here].tolist()) - {"LEAF"}:
                    mine = self.mode[here] == mode
                    go |= mine & SPLITS[mode](v, self.threshold[here])
                go |= self.missing[here] & np.isnan(v)
                here = np.where(go, self.left[here], self.right[here])
            out[:, t] = here
        return out

    def raw(self, leaves):
        """Aggregated leaf values [N, K] and which outputs got a vote [N, K]; trees in file order."""
        total = np.zeros((len(leaves), self.outputs_n), self.dtype)
        voted = np.zeros(total.shape, bool)
        for t in range(leaves.shape[1]):
            v, has = self.values[leaves[:, t]], self.votes[leaves[:, t]]
            if self.aggregate in ("MIN", "MAX"):
                pick = np.minimum if self.aggregate == "MIN" else np.maximum
                total = np.where(has, np.where(voted, pick(total, v), v), total)
            else:
                total = total + v
            voted |= has
        if self.aggregate == "AVERAGE":
            total = total / self.dtype(len(self.trees))
        return total, voted

    def scale(self, leaves):
        """Largest sum over trees of |leaf value reached|, plus |base value|, over all rows and outputs.

        For MIN and MAX the largest |leaf value reached| instead of the sum.
        """
        total = np.zeros((len(leaves), self.outputs_n))
        join = np.maximum if self.aggregate in ("MIN", "MAX") else np.add
        for t in range(leaves.shape[1]):
            total = join(total, np.abs(self.values[leaves[:, t]]))
        if self.aggregate == "AVERAGE":
            total /= len(self.trees)
        base = np.abs(self.base).max() if len(self.base) else 0
        return float(total.max() + base)

    def depth(self):
        """Splits on the longest path from a root to a leaf."""
        here, depth = np.array(self.roots), 0
        while True:
            here = here[~self.leaf[here]]
            if not len(here):
                return depth
            here, depth = np.concatenate([self.left[here], self.right[here]]), depth + 1

    def cuts(self):
        """Distinct thresholds per used feature."""
        inner = ~self.leaf
        return {int(f): np.unique(self.threshold[inner & (self.feature == f)]) for f in np.unique(self.feature[inner])}


def ensembles(model):
    """All tree ensembles of a file, in file order."""
    return [Ensemble(n) for n in model.graph.node if n.op_type in ("TreeEnsembleClassifier", "TreeEnsembleRegressor")]


def stats(found):
    """The statistics of all forests of a file together."""
    if not found:
        return dict(trees=0, nodes=0, maxDepth=0, maxLeaves=0, outputs=0, maxDistinctThresholds=0)
    cuts = {}
    for e in found:
        for f, c in e.cuts().items():
            cuts.setdefault(f, []).append(c)
    leaves = [max(np.unique(e.tree[e.leaf], return_counts=True)[1]) for e in found]
    return dict(
        trees=sum(len(e.trees) for e in found),
        nodes=sum(len(e.id) for e in found),
        maxDepth=max(e.depth() for e in found),
        maxLeaves=int(max(leaves)),
        outputs=max(e.outputs_n for e in found),
        maxDistinctThresholds=max((len(np.unique(np.concatenate(c))) for c in cuts.values()), default=0),
    )


def sigmoid(x):
    """1 / (1 + e^-x), computed from e^-|x| so that it never overflows."""
    e = 1 / (1 + np.exp(-np.abs(x)))
    return np.where(x < 0, 1 - e, e)


def probit(p):
    """The inverse normal distribution function, as ONNX means PROBIT; onnxruntime has an approximation up to 1e-3 off."""
    with np.errstate(all="ignore"):
        return norm.ppf(np.asarray(p, np.float64))


def link(scores, post):
    """A post_transform on [N, K] scores of which all K take part."""
    if post == "LOGISTIC":
        return sigmoid(scores)
    if post == "PROBIT":
        return probit(scores)
    if post in ("SOFTMAX", "SOFTMAX_ZERO"):
        top = scores.max(axis=1, keepdims=True)
        e = np.exp(scores - top)
        if post == "SOFTMAX_ZERO":  # a score within 1e-7 of zero stays out of the sum and is only rescaled
            near = np.abs(scores) <= 1e-7
            return np.where(near, scores * np.exp(-top), e) / np.where(near, 0, e).sum(axis=1, keepdims=True)
        return e / e.sum(axis=1, keepdims=True)
    return scores


def answers(e, leaves):
    """What the node returns for these leaves: [scores] of a regressor, [labels, scores] of a classifier."""
    total, voted = e.raw(leaves)
    if not e.classifier:
        if e.outputs_n == 1:
            total = total + (e.base if len(e.base) else 0)
            return [link(total, e.post if e.post == "PROBIT" else "NONE")]  # one target: every other link is ignored
        if len(e.base):
            total = np.where(voted, total + e.base, 0)  # no vote, no base value
        return [link(total, e.post)]
    if e.outputs_n == 2 and len(e.vote_ids) == 1:
        s = total[:, e.vote_ids[0]]
        if e.vote_ids[0] == 0:
            s = s + (e.base[0] if len(e.base) else 0)
            first = 1 - s if e.all_positive else -s
            scores = np.stack([first, s], 1)
            scores = np.stack([sigmoid(-s), sigmoid(s)], 1) if e.post == "LOGISTIC" else scores
        else:
            scores = link(np.stack([np.zeros_like(s), s], 1), e.post)
        none = ~voted.any(axis=1)  # rows in which no tree votes
        scores = np.where(none[:, None], [0.5, 0.5] if e.post == "LOGISTIC" else [float(e.all_positive), 0], scores)
        return [e.labels[(~none & (s > (0.5 if e.all_positive else 0))).astype(int)], scores]
    if len(e.base):
        total, voted = total + e.base, np.ones_like(voted)
    best = np.where(voted, total, -np.inf).argmax(axis=1)
    return [e.labels[best], link(total, e.post)]
