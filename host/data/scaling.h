#pragma once
/// From encoded features to what the net sees. Fitted on the training rows; `transform` serves data sets and prediction alike,
/// row by row in a fixed order of operations, so both get the same bits.

#include "caviar/preprocessing.h"

#include <vector>

namespace caviar::data {

/// Sets mean and scale (population standard deviation; 1 for a constant feature) from the training rows.
void fit_moments(Preprocessing&, const Matrix& train);

/// Sets the whitened components from the training rows: eigenvectors of the covariance, divided by the root of their
/// eigenvalue, the largest first; those below 1e-8 of the largest are rounding noise of float32 features and left out.
/// Features in different units are standardised first (else the one with the largest numbers would be all of it); the
/// division is folded into the components. Pixels, that is whole numbers from 0 to 255 throughout, have one unit.
/// fit_moments first. Returns the share of the variance that the first k+1 components keep.
std::vector<double> fit_components(Preprocessing&, const Matrix& train);

/// The features under a scaling; `inputs` > 0 keeps the first this many (pca).
Matrix transform(const Preprocessing&, Matrix features, Scaling, int32_t inputs = 0);

} // namespace caviar::data
