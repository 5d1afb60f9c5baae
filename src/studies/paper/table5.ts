/** Table 5 of Szegedy et al. (2014): "frame bounds of each rectified layer" of their AlexNet, by the names of `alexNet`'s layers. */
export const TABLE_5: Readonly<Record<string, number>> = {
  conv1: 2.75,
  conv2: 10,
  conv3: 7,
  conv4: 7.5,
  conv5: 11,
  fc6: 3.12,
  fc7: 4,
  fc8: 4,
};
