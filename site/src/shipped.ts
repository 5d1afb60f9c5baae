/** The models that the site serves, each in a few words. All read MNIST's digits. */

export const SHIPPED = {
  "fc100-100-10": "two hidden layers of 100 units",
  "fc200-200-10": "two hidden layers of 200 units",
  "fc100-100-10-adversarial": "the same as the first, trained on adversarial images too",
  "mnist-convnet": "two convolutions, trained by minibatches",
  "mnist-certified": "two convolutions, trained to be certified at 0.1",
  "ae400-10": "400 sigmoid units, begun as an autoencoder",
  "fc10-1e-4": "softmax regression, hardly any weight decay",
  "fc10-1e-2": "softmax regression, some weight decay",
  "fc10-1": "softmax regression, strong weight decay",
  "fc100-100-10-p1": "two hidden layers, trained on one half of MNIST",
  "fc100-100-10-p2": "the same, trained on the other half",
  "fc123-456-10-p1": "123 and 456 units, trained on the first half",
} as const;

export type ShippedName = keyof typeof SHIPPED;

export const SHIPPED_NAMES = Object.keys(SHIPPED) as ShippedName[];
