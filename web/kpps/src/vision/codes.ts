/** AprilTags 36h10 with the ids 0 to 799, all that templates give: 36 cells each, row after row, 1 white.
 *
 * Written by `tests/test_kpps_vision.py`, which holds it to OpenCV's dictionary. April Robotics' family, BSD-2-Clause.
 */

const PACKED =
  "4WVJU4MjWEoEa+38Xk2b1zLUV3PeJs9StQ+cLluZm8f6ftciSL/PHK60DBzq15j9umXNQ2sOckIV7+yBLsTBG7JjNhucqq5RNyZA6pjVaJiZ3G" +
  "71YFUeE6bVKMle1NmxmQZtxiXk297t3GozqHu9JHJvdWK3d18Rkv4+gqdg23QJGoplx1s496IzQkLdLavknopX7UwLoQtME0bp5ssRZkRcSnat" +
  "O8hf5GMSrWl5bqIBXSZGk7VbBmyp0fq2uyNo0uNGvDX+oM9x+JUx+4Wp8X81KZmFDTkFe/BaIlxaiXflFtgenVtITgL17TSkltCZIPsT+1q5vL" +
  "JQY0Hr4JGoSPwnOTC4ECsa0EONcpr01j+CpcXbD3KicyTU/KR9zmlG3RpMcumt4xtRTBnqS5gZUgQV0K1E71qQMCNtWmPzZdpziMqPwfzRLgEq" +
  "JY9QsNKVlwrJ6EfUcGk3R8RLUUsy503t4KNR1iQqjn2rPqUtsFhW8If0O2TpCYbh0mQnWZJML1/VMo7kKTaz6ikL2UErwrnKV0xXEW3bSvrldH" +
  "hocuB1YUxpa0VmqMXDzRWxVKdxzaO4yFSszd1nZlLvqvrdoloA/OZDXgu5E4W4NNmTkUoB0pdcxVt3sKtGcwwaT9fZvaPu+dTG0xDmR2ltSDgh" +
  "vkK/1JQhIxZpM8pV25pQ6uANVm4g3NfrECpDrzOmlXkCeFyfGq9ywgjEhYFo3bgcu4KVzAQMzBUFWu2msY9Jp4dsJZ9rcqmFsAj1HtS6h8zdhO" +
  "TXRjbJFWYgoVnobw8GWs1ol7AikavyQBzmpMof4hEd6Hh5OUm4M1hhk1YNyEtCCrUYgWK/xnTMnwqBaTQsW7YavsQDkLiqMeV3Y6irW+gG6H/y" +
  "rJhZB2VZrQRVKVXmSc81cbyundysIgL97W0M4Q07M2joWPuYhEQrBJr8paze8afkpiLWXelfTpIsUYF5c3VsulUC9X2LmqAZ07PbSBpvJ9qfnI" +
  "OmeG7WhDcPj2NUJKBlgyWLwnBkj2OULpTVYcSDKgZy5HUhkxbv2MnpANPyd5Y9hERL+Ry3YnlCLQPXu8gUH2RZjtTOU+L04J8bJ9gpKsqyPpe3" +
  "rWj5guEq0dJfW8pLlq0z+rdN3aWbvjMQUnr2qO48UJ0PVeWqiHyt+NgOcdEinUOgOtXmYoRD+cXiNeAa9yUlRNcmCN4hQZl+ny5Vdbl7h1HJU/" +
  "atSIjQrvI1KFfYkQoMn4cmr9zERrbfuMNx6Yyc8oVAtKmzUERaiuyR+NrVWtTfKhjK0C7QI8pavolwmxQum5yJ4Lk0cphyDcNrXYRgiXkMzNAv" +
  "jIbUqIeKlMJMtmX7y8J6cgGmwcpFDVSybyBtkiUuJ78K9iGIMqF8C2awk6ouhue9zVRkyAtbbpK86XCo3SrUhRr+6pZnpwSZcTFhZtxXegUv4E" +
  "ZMu89AlVjaIk+UqZ5VjI9N8xLRwLKXJYfLQbMmYk2lf01sugFtupNYnGsF30UIvVMlIi+oVzZ5fUZE1KvqDb0OT6FBKb9toImNnhdFC24r4OQc" +
  "NnaZVl/bZ6DpFoGfy0Tc8P5KbGTuXcC+slqx53VMWmj99xUv1DT5F96KCTUY7mqk3ljW+72jZOwoxPnd3d1a7ImnstaU2i7ckREhVCGVOv1+Qd" +
  "0pEwIciFt77W/xqUA9itIF2qfP7lVuDx28LZrX0zd5XiPalFyodkctKjRW4ns4BofWSeClH2kOJTPp3QEGY9dqBckIDtkD32K3C3cdTozidzpG" +
  "0EjErkiIW6CqNGjzauFvE3lSMNut5Ii1TUeQpLbKQCN/k5Lb8pyDytZMNg069Zl6nS6nj1ItNiBnzKkrhmVSufpxy7KtzbRPpGxn5yaPuXJK8X" +
  "qiQ+jCrakc0aR9aAUCwqBdV6HaWDOyFIzxcYskVhR8iy/lG9LRMO6lqEXhtOpiJTmONDR+41uyaeKTmLy+sDi0lyHBdZdVFIl5V/Nj5TrmQUaA" +
  "fpOhm1qYPR9SZFsBr5Dad5VlchCfk9jQxHxrbeVMQj8SO/ZrtOfqY35eDibFWjEEnvifhRF7b7ufLqUK+s+mtXEHOWeXcvCSsR1BSTHeMjSus5" +
  "QibNLH5crRX3Mwl9RfvgoNCXpKsAs3eSo6YiOv3HbJtjbJm06OLp+cPCFTdysP6rZvqaq0dGJN39Gd5OZklCnmNeTOyj9kpLQGamHlZY1020nA" +
  "oST1GQ2nAUMsrVUvwoc5Q5M+0vawcdrAUQ2rjhUMkanaX+WULQWMKxsqiUFNi+hAomeFuWBbAdFLrc939tvLxkwKtJqQmSYbnSYRn7E2iPcC7F" +
  "O23GkjTmKVtg2f0m3KuarXtNTe1WiPIFWHNR5cIxVxy7mIJWKxcquZq8wZaTiJ4yqvDWeXtcbuw9h2oxKWieMSd+fbxTshKeDlx0mfztgfIREb" +
  "7uFjW/Z3wGzTGdFOIWgOSNKCeE+rqPSmGgMXZRO092nObiU5KjsdWGWtbPvnN5CwWujuW7i2o5ego+lefOW5+fhNL0uTx7THUgqWYqMC/uZ76E" +
  "i3t1EfhcGFlcRnFeY3dQmFXBV93R9XdJdIsQulHP2VmBY28rzir4wkmNIS1JNlraEWIO7zENWdmzKbQeX0wBqPbpev7ggURbtIxI6CTn4Se2oM" +
  "WMmXvHJXngzXa10EInbSdDnCqGUlvixbvz6w4Io/Vq0fox6XZkh7damOntj1nEzY0f26IReu/J0tj9Ktgsq/y03OxF1OZ+aatnZjNFgaFA6NJP" +
  "i1KtIdRLiXj4I6F79nEavKP14CeXzdTkY/WUYFMVILpmYdl78aWgfkLaoYYpQt1VseUyBH3mTpFMR16x5QGaVspplQV1T9Nqs9kwV4SdeBpIf0" +
  "zksQGW10yovc+G8WgPuxd+uLhJAlMSvUHSqNXBJ3VsL6PVBTvJeLWutkKl2FThAO+VzsxvjJsKNIr0tImt2/djRLeZcRNR/twJ8ISFuVgrxddF" +
  "Ooazl/jOiJHfP3vNU4tA2RRnbaxWtmWJVpANTKM/WTNafXUBFul09Latt+YzrP7Hilw21wNWhVJU9W03CUbnnbHOfso4jZtOYvyGdu0eTODy4M" +
  "V3hwiInxeXr2d8ng+ocgzoIIhsxeGpnMjOiKVlWx1vfsAl9PaRCETArKP1HwWkDH+l2EfGEx2t18w2DWOffsd6lTLdSh+BxBupFrrlMwIOicN2" +
  "ayEadoRScxg2uKmMOI7iMp7+dW6yln1Sdvb2k9SzblXqEmTxKfw9iz2MuPzeMpNWH3dMdP8fFmHVDoe2R8nYLJxoOHLptvVBjO0S36G6e96k0e" +
  "lNcLzoi6HrtaAkwXb1Nmiec70CFo5Em48QLefoRcJ7dt8Ids+7wVlXRoCvOy0V4NVZjCJsgUdiu0nBc1Z6KQQVzeCxCZj0gL4zUZDtNoXz9DlY" +
  "zj54dxZXaPwNOWX01J+HcyRb8wR4sveLl5tlGswXErzhWajm1CFl99vaEWXygCfOAhKpnev/6oEqujFcoRB/LhHX6k8rpNpb4i1s8anhuOyqib" +
  "t3VIbE9SNXlMHkbthIiYuuiJZ2lMAovQc0yit2L/E8erzAJjZH3pBFKSAitsevQEsYHtLDEqxlv70PQW6Dpjy851mcIy/+ZxjWxYhB7iq7TZEC" +
  "Chd7eETntznOIuP7GhNl26PSO9y9OEyMe8E1WxD6yG0PlcXLmQaOTXyCcR0CpFQiSZqWe5xj4+M9wW8uP6JGq9ZuwqlqasrsEV7aJf4EjZT5Pq" +
  "KiRdk3pxnabWU1IE2gaXSrFLAlIKepaHbV3XgSZFgsN6oplxn6D0OmzBtXYSGxSd0HsGHeRb73JpnUaUQkTfu68UyOxjoxKSYxYJIuq1UKDFM+" +
  "fJ8dF6QZviktFcrezmBfF8aTnTTMPUWJmtZmIUE4VB1zVg+X9FpsCl9gX+LlWYQ76IdlCJCBzUTeoX7/fDqtEgQ1airp7LcAS192GysniSRjfN" +
  "cjpisxKbR9RREmvvlaoV5geafkysOtco4VMjMgXklwFGNXjvRnKskI2ljewIyR/kNkocX+ms90bSR3OEn4zSunIkCmZKJjfzhFDdKz6YajEmH2" +
  "oKm9wYMTwZRPRmO7AZ3Yxqz2r8BIkq7DBWJRVdmlFgpcRWKsOQa1Lnq29vnvqT1sRjSTJCCv1UlssGI9JQkdLCLYtAyM1yn4kVxZ56sfXJQF/Q" +
  "b3ax7F4GrBvlpa5i8DbKf+Vm+Io8I+MulD51dmNLoeWvA6USnLJVKQg3mDhrU/UQjlOSbS/sLuUrwQyqsyg2Q6dzUy12PGt7UXOtJVTIeYXAbq" +
  "xbuax3DMV68L+NDw1igT/T4rDezYt8G0rjEy0iBAQ1FIaP4EgZw6/KRcxYcOVdEsG3fFKfGecJE2kR/FpChKV5eUwTpdHE+CgTy8kICXFG1Tas" +
  "/S2Fc/R3dJ9Z2suayvl26Ekd/Vk+l+CLYNqxjDKXDHXpz0Elhafr4j1SMZlD7OLqTYAq/rY94dSh6pXwGIFMxjgKyLAxS/ngVSbvWjH2UTAkCN" +
  "rpAyfMvWOcfIiFHfFfPVNfhXko9qrCJv5+BbmpI1RYTiqPB70MH3vyPjpiLX/tPOCuZqner89pdhwPbhF+UPyca9cC1MViyIUIdRL4HffuFJFQ" +
  "EHbG9h1Osj3yKM+rhqrBRxhTr5ivZ+wZ5ynRz1+1mG1d27kyT4YlbTaiRHbwgC2TGhHc2DtJ2obB5c5vZtLjPYkQlX0nlBWMoK8cveAVduItV/" +
  "js9Yav8pEh+yGuygC4u9cr1Jgzwt4UsA5uGl+bVV8I6Ipfp5lip2dYnM62kt+PQ8rlab3y";

/** Cells of a tag across, without its black border. */
export const INNER = 6;

export interface Code {
  /** The upper three rows, and the lower three: 18 bits each, the first cell the highest. */
  readonly upper: number;
  readonly lower: number;
}

/** Every tag, by its id. */
export function codes(): Code[] {
  const bits = Array.from(atob(PACKED), (byte) => byte.charCodeAt(0).toString(2).padStart(8, "0")).join("");
  const half = (INNER * INNER) / 2;
  const word = (at: number) => Number.parseInt(bits.slice(at, at + half), 2);
  return Array.from({ length: bits.length / half / 2 }, (_, id) => ({
    upper: word(2 * half * id),
    lower: word(2 * half * id + half),
  }));
}
