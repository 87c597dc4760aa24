/* SPDX-License-Identifier: MIT */
#include "naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *
doubles(size_t n)
{
	double *p = calloc(n + 1, sizeof(*p));

	if (p == NULL)
		abort();
	return p;
}

void
naive_gemm(double *out, const double *a, const double *b, size_t m, size_t n,
    size_t k, bool ta, bool tb)
{
	size_t i, j, l;

	for (i = 0; i < m; i++)
		for (j = 0; j < n; j++) {
			double sum = 0;

			for (l = 0; l < k; l++)
				sum += (ta ? a[l * m + i] : a[i * k + l]) *
				    (tb ? b[j * k + l] : b[l * n + j]);
			out[i * n + j] = sum;
		}
}

double
naive_softmax(double *y, const double *x, size_t n)
{
	double max = x[0], sum = 0;
	size_t i;

	for (i = 1; i < n; i++)
		max = fmax(max, x[i]);
	for (i = 0; i < n; i++)
		sum += y[i] = exp(x[i] - max);
	for (i = 0; i < n; i++)
		y[i] /= sum;
	return max + log(sum);
}

void
naive_norm(double *y, const double *x, const double *w, const double *b,
    size_t D, double eps, bool centered)
{
	double mean = 0, square = 0;
	size_t i;

	for (i = 0; i < D && centered; i++)
		mean += x[i] / (double)D;
	for (i = 0; i < D; i++)
		square += (x[i] - mean) * (x[i] - mean) / (double)D;
	for (i = 0; i < D; i++) {
		y[i] = (x[i] - mean) / sqrt(square + eps) * w[i];
		if (b != NULL)
			y[i] += b[i];
	}
}

void
naive_rope(double *x, const double *freq, size_t E, size_t pos)
{
	size_t i;

	for (i = 0; i < E / 2; i++) {
		double angle = (double)pos * freq[i];
		double a = x[i], b = x[i + E / 2];

		x[i] = a * cos(angle) - b * sin(angle);
		x[i + E / 2] = a * sin(angle) + b * cos(angle);
	}
}

void
naive_attention(double *out, const double *q, const double *k, const double *v,
    size_t T, size_t H, size_t K, size_t E, size_t window)
{
	double *p = doubles(T);
	size_t t, h, s, e;

	for (t = 0; t < T; t++)
		for (h = 0; h < H; h++) {
			double *o = out + (t * H + h) * E;
			size_t g = h / (H / K), first = 0;

			if (window > 0 && t + 1 > window)
				first = t + 1 - window;
			for (s = first; s <= t; s++) {
				p[s] = 0;
				for (e = 0; e < E; e++)
					p[s] += q[(t * H + h) * E + e] *
					    k[(s * K + g) * E + e];
				p[s] /= sqrt((double)E);
			}
			naive_softmax(p + first, p + first, t + 1 - first);
			for (e = 0; e < E; e++) {
				o[e] = 0;
				for (s = first; s <= t; s++)
					o[e] += p[s] * v[(s * K + g) * E + e];
			}
		}
	free(p);
}

double
naive_swiglu(double gate, double up)
{
	return gate / (1 + exp(-gate)) * up;
}

double
naive_gelu(double x)
{
	return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}

double
naive_gelu_exact(double x)
{
	return x / 2 * (1 + erf(x / sqrt(2)));
}

void
naive_init(struct naive *n, const struct config *c, const struct params *p)
{
	size_t i;

	memset(n, 0, sizeof *n);
	n->config = *c;
	n->params = p;
	n->w = calloc(p->tensors + 1, sizeof(*n->w));
	if (n->w == NULL)
		abort();
	for (i = 0; i < p->tensors; i++)
		n->w[i] = naive_copy(p->tensor[i].p, p->tensor[i].n);
}

void
naive_release(struct naive *n)
{
	size_t i;

	for (i = 0; i < n->params->tensors; i++)
		free(n->w[i]);
	free(n->w);
}

/* Our copy of the tensor that a field of params points at. */
static const double *
weight(const struct naive *n, const float *field)
{
	size_t i;

	for (i = 0; i < n->params->tensors && field != NULL; i++)
		if (n->params->tensor[i].p == field)
			return n->w[i];
	return NULL;
}

/* y[T, N] = x[T, K] @ w + b, w as it stands in the file. */
static void
linear(const struct naive *n, double *y, const double *x, const float *w,
    const float *b, size_t T, size_t N, size_t K)
{
	const double *bias = weight(n, b);
	size_t t, j;

	naive_gemm(y, x, weight(n, w), T, N, K, false, !n->config.transposed);
	for (t = 0; t < T && bias != NULL; t++)
		for (j = 0; j < N; j++)
			y[t * N + j] += bias[j];
}

static void
norm_rows(const struct naive *n, double *y, const double *x, const float *w,
    const float *b, size_t rows, size_t D, bool centered)
{
	double *gain = doubles(D);
	size_t t;

	for (t = 0; t < D; t++)
		gain[t] = (double)n->config.norm_base + weight(n, w)[t];
	for (t = 0; t < rows; t++)
		naive_norm(y + t * D, x + t * D, gain, weight(n, b), D,
		    n->config.norm_eps, centered);
	free(gain);
}

/* YaRN's bound: the pair that makes so many turns in the original context. */
static double
yarn_bound(const struct rope *r, double turns, size_t R, bool up)
{
	double at = (double)R * log((double)r->original / (turns * 2 * M_PI)) /
	    (2 * log(r->theta));

	at = r->fractional ? at : up ? ceil(at) : floor(at);
	return fmin(fmax(at, 0), (double)R - 1);
}

static double
llama3(const struct rope *r, double f)
{
	double wave = 2 * M_PI / f, n = (double)r->original, smooth;

	if (wave < n / r->high)
		return f;
	if (wave > n / r->low)
		return f / r->factor;
	smooth = (n / wave - r->low) / (r->high - r->low);
	return (1 - smooth) * f / r->factor + smooth * f;
}

/* The rotation of pair i from one position to the next, in T tokens. */
static double
frequency(const struct config *c, const struct rope *r, size_t R, size_t i,
    size_t T)
{
	double f = pow(r->theta, -2.0 * (double)i / (double)R), low, high, own;

	switch (r->kind) {
	case ROPE_LINEAR:
		return f / r->factor;
	case ROPE_LLAMA3:
		return llama3(r, f);
	case ROPE_LONG:
		return f /
		    (double)(T > r->original ? c->long_factor :
					       c->short_factor)[i];
	case ROPE_YARN:
		low = yarn_bound(r, r->high, R, false);
		high = yarn_bound(r, r->low, R, true);
		own = 1 - ((double)i - low) / (high - low); /* low < high */
		own = fmin(fmax(own, 0), 1);
		return f / r->factor * (1 - own) + f * own;
	default:
		return f;
	}
}

static void
rotate(const struct config *c, size_t layer, double *x, size_t T, size_t heads)
{
	const struct rope *r =
	    c->windowed[layer] && c->local.theta > 0 ? &c->local : &c->rope;
	const size_t R = (size_t)((double)c->E * c->rope_share);
	double freq[512];
	size_t t, h, i;

	for (i = 0; i < R / 2; i++)
		freq[i] = frequency(c, r, R, i, T);
	for (t = 0; t < T; t++)
		for (h = 0; h < heads; h++)
			naive_rope(x + (t * heads + h) * c->E, freq, R, t);
	for (t = 0; t < T * heads; t++)
		for (i = 0; i < R; i++)
			x[t * c->E + i] *= r->scale;
}

/* Where column i of a fused row t belongs. */
static double *
fused_place(const struct config *c, size_t t, size_t i, double *q, double *k,
    double *v)
{
	const size_t E = c->E, Q = c->H * E, KV = c->K * E;
	size_t head, e = i % E;

	if (c->fused_qkv == QKV_FUSED_BY_HEAD) {
		head = i / (3 * E);
		return (i / E % 3 == 0        ? q :
			       i / E % 3 == 1 ? k :
						v) +
		    t * Q + head * E + e;
	}
	if (i < Q)
		return q + t * Q + i;
	return i < Q + KV ? k + t * KV + i - Q : v + t * KV + i - Q - KV;
}

/* q, k, v of h[T, D], before heads are normed and turned. */
static void
project(const struct naive *n, const struct layer_params *l, const double *h,
    size_t T, double *q, double *k, double *v)
{
	const struct config *c = &n->config;
	const size_t D = c->D;
	const size_t W = (c->H + 2 * c->K) * c->E;
	double *all = doubles(T * W);
	size_t t, i;

	if (c->fused_qkv != QKV_APART) {
		linear(n, all, h, l->qkv, l->qkv_b, T, W, D);
		for (t = 0; t < T; t++)
			for (i = 0; i < W; i++)
				*fused_place(c, t, i, q, k, v) = all[t * W + i];
	} else {
		linear(n, q, h, l->q, l->q_b, T, c->H * c->E, D);
		linear(n, k, h, l->k, l->k_b, T, c->K * c->E, D);
		linear(n, v, h, l->v, l->v_b, T, c->K * c->E, D);
	}
	free(all);
}

/* What a branch reads: a norm of x, or x. */
static void
begin(const struct naive *n, double *h, const double *x, const float *w,
    const float *b, size_t T)
{
	const size_t D = n->config.D;

	if (n->config.norms == NORM_AFTER)
		memcpy(h, x, T * D * sizeof *h);
	else
		norm_rows(n, h, x, w, b, T, D, n->config.layer_norm);
}

struct rng
naive_noise(uint64_t seed, uint64_t step, uint64_t pass, const char *id)
{
	return rng_at(seed, step, pass, id, 0x64726f70);
}

/* What column d of token t is multiplied by, at a place of a layer. */
static double
kept(const struct naive *n, size_t place, size_t t, size_t d)
{
	const size_t blocks = (n->config.D + 15) / 16;
	struct rng rng = n->noise;
	uint64_t draw;

	if (!(n->dropout > 0))
		return 1;
	rng_skip(&rng,
	    ((t * (2 * n->config.L + 1) + place) * blocks + d / 16) * 8 +
		d % 8);
	draw = rng_u64(&rng);
	draw = d % 16 < 8 ? draw & UINT32_MAX : draw >> 32;
	return (double)draw < floor(n->dropout * 4294967296.0) ?
	    0 :
	    1 / (1 - n->dropout);
}

/* Add what a branch gives, h: normed, scaled or dropped. */
static void
end(const struct naive *n, double *x, double *h, const float *after, size_t T,
    size_t place)
{
	const size_t D = n->config.D;
	size_t i;

	if (n->config.norms != NORM_BEFORE)
		norm_rows(n, h, h, after, NULL, T, D, false);
	for (i = 0; i < T * D; i++)
		x[i] += n->config.residual_scale * h[i] *
		    kept(n, place, i / D, i % D);
}

/* out += attention(norm(x)) */
static void
attention_layer(const struct naive *n, const struct layer_params *l,
    double *out, const double *x, size_t T)
{
	const struct config *c = &n->config;
	const size_t D = c->D, Q = c->H * c->E, KV = c->K * c->E;
	const size_t layer = (size_t)(l - n->params->layer);
	double *h = doubles(T * D), *q = doubles(T * Q), *k = doubles(T * KV);
	double *v = doubles(T * KV), *o = doubles(T * Q);
	size_t i;

	begin(n, h, x, l->norm1, l->norm1_b, T);
	project(n, l, h, T, q, k, v);
	if (c->qk_norm == QK_NORM_HEADS) {
		norm_rows(n, q, q, l->q_norm, NULL, T * c->H, c->E, false);
		norm_rows(n, k, k, l->k_norm, NULL, T * c->K, c->E, false);
	} else if (c->qk_norm == QK_NORM_WHOLE) {
		norm_rows(n, q, q, l->q_norm, NULL, T, Q, false);
		norm_rows(n, k, k, l->k_norm, NULL, T, KV, false);
	}
	if (!c->learned_positions && !c->unrotated[layer]) {
		rotate(c, layer, q, T, c->H);
		rotate(c, layer, k, T, c->K);
	}
	/* naive_attention divides by sqrt(E) */
	for (i = 0; i < T * Q && c->attention_scale > 0; i++)
		q[i] *= c->attention_scale * sqrt((double)c->E);
	naive_attention(o, q, k, v, T, c->H, c->K, c->E,
	    c->windowed[layer] ? c->window : 0);
	linear(n, h, o, l->o, l->o_b, T, D, Q);
	end(n, out, h, l->after1, T, 2 * layer + 1);
	free(h);
	free(q);
	free(k);
	free(v);
	free(o);
}

static double
activation(const struct config *c, double gate, double up)
{
	if (c->activation == ACTIVATION_SILU)
		return naive_swiglu(gate, up);
	if (c->activation == ACTIVATION_GELU)
		return naive_gelu_exact(up);
	return c->gated ? naive_gelu(gate) * up : naive_gelu(up);
}

/* out += mlp(norm(x)) */
static void
mlp_layer(const struct naive *n, const struct layer_params *l, double *out,
    const double *x, size_t T)
{
	const struct config *c = &n->config;
	const size_t D = c->D, F = c->F;
	const size_t layer = (size_t)(l - n->params->layer);
	double *h = doubles(T * D), *up = doubles(T * F),
	       *gate = doubles(T * F);
	double *both = doubles(T * 2 * F);
	size_t i;

	begin(n, h, x, l->norm2, l->norm2_b, T);
	if (c->fused_gate) {
		linear(n, both, h, l->gate_up, NULL, T, 2 * F, D);
		for (i = 0; i < T * F; i++) {
			gate[i] = both[i / F * 2 * F + i % F];
			up[i] = both[i / F * 2 * F + F + i % F];
		}
	} else {
		linear(n, up, h, l->up, l->up_b, T, F, D);
	}
	if (c->gated && !c->fused_gate)
		linear(n, gate, h, l->gate, l->gate_b, T, F, D);
	for (i = 0; i < T * F; i++)
		up[i] = activation(c, gate[i], up[i]);
	linear(n, h, up, l->down, l->down_b, T, D, F);
	end(n, out, h, l->after2, T, 2 * layer + 2);
	free(h);
	free(up);
	free(both);
	free(gate);
}

void
naive_hidden(const struct naive *n, const uint32_t *tokens, size_t T,
    double *hidden)
{
	const struct config *c = &n->config;
	const struct params *p = n->params;
	const double *embed = weight(n, p->embed);
	const double *position = weight(n, p->position);
	const size_t D = c->D;
	double *x = doubles(T * D), *in = doubles(T * D);
	size_t t, i;

	for (t = 0; t < T; t++)
		for (i = 0; i < D; i++) {
			x[t * D + i] =
			    c->embedding_scale * embed[tokens[t] * D + i];
			if (position != NULL)
				x[t * D + i] += position[t * D + i];
			x[t * D + i] *= kept(n, 0, t, i);
		}
	for (i = 0; i < c->L; i++) {
		memcpy(in, x, T * D * sizeof *x);
		attention_layer(n, &p->layer[i], x, in, T);
		if (!c->parallel)
			memcpy(in, x, T * D * sizeof *x);
		mlp_layer(n, &p->layer[i], x, in, T);
	}
	norm_rows(n, hidden, x, p->norm, p->norm_b, T, D, c->layer_norm);
	for (i = 0; i < T * D && !c->scored; i++)
		hidden[i] /= c->logit_divisor;
	free(x);
	free(in);
}

double
naive_logit(const struct naive *n, const double *hidden, const uint32_t *tokens,
    size_t t, double *lse)
{
	const size_t V = n->config.V, D = n->config.D;
	double *z = doubles(V), *p = doubles(V), chosen;

	naive_gemm(z, hidden + (t - 1) * D, weight(n, n->params->head), 1, V, D,
	    false, true);
	*lse = naive_softmax(p, z, V);
	chosen = z[tokens[t]];
	free(z);
	free(p);
	return chosen;
}

double
naive_logp(const struct naive *n, const double *hidden, const uint32_t *tokens,
    size_t t)
{
	double lse, z = naive_logit(n, hidden, tokens, t, &lse);

	return z - lse;
}

double
naive_score(const struct naive *n, const double *hidden, size_t t)
{
	double s;

	naive_gemm(&s, hidden + t * n->config.D, weight(n, n->params->score), 1,
	    1, n->config.D, false, true);
	return s;
}

double
naive_slope(double (*f)(void *), void *ctx, double *x)
{
	const double h = 1e-5, at = *x;
	double up, down;

	*x = at + h;
	up = f(ctx);
	*x = at - h;
	down = f(ctx);
	*x = at;
	return (up - down) / (2 * h);
}

double
naive_slopes(double (*f)(void *), void *ctx, double *const *w,
    const struct params *d, size_t most, const char **name)
{
	double worst = 0, error, *want;
	float *got;
	size_t i, j, m;

	for (i = 0; i < d->tensors; i++) {
		const struct tensor *t = &d->tensor[i];

		want = doubles(t->n);
		got = calloc(t->n + 1, sizeof *got);
		if (got == NULL)
			abort();
		for (j = m = 0; j < t->n; j += t->n / most + 1, m++) {
			want[m] = naive_slope(f, ctx, &w[i][j]);
			got[m] = t->p[j];
		}
		error = naive_error(got, want, m);
		if (!(error <= worst) && !isnan(worst)) {
			worst = error;
			if (name != NULL)
				*name = t->name;
		}
		free(want);
		free(got);
	}
	return worst;
}

void
naive_fill(float *x, size_t n, uint64_t seed)
{
	uint64_t s = seed * 2654435761u + 12345;
	size_t i;

	for (i = 0; i < n; i++) {
		s = s * 6364136223846793005u + 1442695040888963407u;
		x[i] = (float)(int32_t)(s >> 32) / 2147483648.0f;
	}
}

double *
naive_copy(const float *x, size_t n)
{
	double *y = doubles(n);
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = (double)x[i];
	return y;
}

double
naive_error(const float *x, const double *y, size_t n)
{
	double diff = 0, norm = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		diff += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
		norm += y[i] * y[i];
	}
	return sqrt(norm > 0 ? diff / norm : diff);
}
